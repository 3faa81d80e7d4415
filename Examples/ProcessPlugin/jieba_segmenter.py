"""jieba as a stage of hanpipe: Debian's python3-jieba behind docs/process-protocol.md.

    {"type": "process", "command": ["/usr/bin/python3"], "script": "jieba_segmenter.py"}
"""
import json
import logging
import sys

import jieba

jieba.setLogLevel(logging.WARNING)
jieba.initialize()  # now, and not while the first request waits

# What this is. From here on stdout belongs to the protocol: whatever else there is to say goes to stderr.
print(json.dumps({"protocol": 1, "role": "segmenter", "name": "jieba", "version": jieba.__version__}), flush=True)

for line in sys.stdin.buffer:
    request = json.loads(line)
    words = [[word for word in jieba.cut(text) if not word.isspace()] for text in request["texts"]]
    print(json.dumps({"id": request["id"], "words": words}), flush=True)
