#!/usr/bin/env python3
"""Says of each spec whether a JSON Schema allows it, with an implementation that is not ours (pip package `jsonschema`).

    validate_specs.py SCHEMA SPEC...

Prints one JSON array for each spec: its path, and the first error or null. A text that is not JSON, or has a key twice, is an error
too: a validator never sees it. Exit status 2 if the schema is no schema of draft 2020-12.
"""
import json
import sys

import jsonschema


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key stands twice")
    return dict(pairs)


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
try:
    jsonschema.Draft202012Validator.check_schema(schema)
except jsonschema.SchemaError as error:
    print(f"{sys.argv[1]}: {error.message}", file=sys.stderr)
    sys.exit(2)
validator = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    try:
        with open(path, encoding="utf-8") as file:
            spec = json.load(file, object_pairs_hook=unique)
        errors = [error.message for error in validator.iter_errors(spec)]
    except ValueError as error:
        errors = [str(error)]
    print(json.dumps([path, errors[0] if errors else None]))
