"""Writes fixtures: small JSON files that a person can read and a diff can show."""

import json
import pathlib

FOLDER = pathlib.Path(__file__).parent
LARGEST = 60_000  # bytes a fixture may have

INPUT = "%.9g"  # enough to read a float32 back unchanged
EXPECTED = "%.12g"  # of float64 results, to be compared to 1e-9


class Number(float):
    """A float with the format it is written in."""

    def __new__(cls, value, style):
        number = super().__new__(cls, value)
        number.style = style
        return number


def numbers(value, style):
    """`value` (a scalar, an array, nested lists) with every float to be written in `style`."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [numbers(item, style) for item in value]
    return Number(value, style) if isinstance(value, float) else value


def tensor(array, style):
    return {"shape": list(array.shape), "values": numbers(array.reshape(-1), style)}


def text(value, indent=0):
    pad = " " * indent
    if isinstance(value, dict) and set(value) == {"shape", "values"}:
        # One line a row of the last dimension.
        width = value["shape"][-1] if value["shape"] else 1
        items = [text(item) for item in value["values"]]
        rows = [",".join(items[i : i + width]) for i in range(0, len(items), width)]
        body = rows[0] if len(rows) == 1 else "\n" + ",\n".join(f"{pad} {row}" for row in rows)
        return f'{{"shape": {json.dumps(value["shape"])}, "values": [{body}]}}'
    if isinstance(value, dict):
        inner = ",\n".join(
            f"{pad} {json.dumps(key, ensure_ascii=False)}: {text(item, indent + 1)}" for key, item in value.items()
        )
        return "{\n" + inner + "\n" + pad + "}" if value else "{}"
    if isinstance(value, (list, tuple)):
        items = [text(item, indent + 1) for item in value]
        if any(isinstance(item, (list, tuple, dict)) for item in value) or sum(map(len, items)) > 800:
            return "[\n" + ",\n".join(f"{pad} {item}" for item in items) + "\n" + pad + "]"
        return "[" + ",".join(items) + "]"
    if isinstance(value, float):
        return getattr(value, "style", EXPECTED) % value
    return json.dumps(value, ensure_ascii=False)


def write(name, content):
    data = (text(content) + "\n").encode()
    json.loads(data, parse_constant=lambda constant: (_ for _ in ()).throw(ValueError(constant)))
    assert len(data) < LARGEST, (name, len(data))
    (FOLDER / name).write_bytes(data)
    print(f"{name}: {len(data)} bytes")
