"""Lines of `prowzi read prowzi.raw --format json` into the input of the reduced job: {"key": …, "text": …}, one a line."""
import base64
import json
import sys

for line in sys.stdin:
    record = json.loads(line)
    if record.get("key") is None:
        continue  # A control record, or a key that is no text.
    if "value_base64" in record:
        text = base64.b64decode(record["value_base64"]).decode("utf-8", "replace")
    else:
        text = json.dumps(record["value"], ensure_ascii=False, separators=(",", ":"))
    print(json.dumps({"key": record["key"], "text": text}, ensure_ascii=False, separators=(",", ":")))
