"""What ONNX Runtime computes with the networks that ExportedNetworkTests exports, and the bytes that it computed it with.

  HANPIPE_WRITE_ONNX=/tmp/onnx swift test --filter ExportedNetworkTests        # fails until the figures are those of the new bytes
  python make_onnx.py /tmp/onnx

Needs onnx, onnxruntime and numpy. Each file also passes onnx.checker and shape inference.
"""

import hashlib
import importlib.machinery
import importlib.util
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

import fixture

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts/check-onnx"
loader = importlib.machinery.SourceFileLoader("check_onnx", str(SCRIPT))
check_onnx = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_onnx", loader))
loader.exec_module(check_onnx)


def case(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    examples = json.loads(metadata["examples"])
    found = dict(zip([port.name for port in session.get_outputs()], session.run(None, check_onnx.batch(session, metadata, examples))))
    names = ["emissions"] if metadata["task"] == "tags" else ["logits", "probabilities"]
    # Of a record's rows only those of its own steps.
    outputs = {
        name: [
            found[name][i][: len(example["tags"])] if name == "emissions" else found[name][i] for i, example in enumerate(examples)
        ]
        for name in names
    }
    # The bytes without metadata are those that the test asks for.
    del model.metadata_props[:]
    digest = hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()
    styled = {name: [fixture.numbers(np.asarray(rows), "%.7g") for rows in value] for name, value in outputs.items()}
    return {"sha256": digest, "outputs": styled}


folder = pathlib.Path(sys.argv[1])
fixture.write(
    "onnx.json",
    {
        "made_by": f"make_onnx.py, onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}",
        "cases": {path.stem: case(path) for path in sorted(folder.glob("*.onnx"))},
    },
)
