"""Writes AWS's managed policies as data, from the list that moto (Apache-2.0) collects.

Run with a Python that has moto installed: python3 scripts/generate-managed-policies.py
Each policy is one line of documents.jsonl; index.json says where each line is, so that nothing
but the index and the documents asked for is ever read.
"""

import json
from importlib.metadata import version
from pathlib import Path

from moto.iam.aws_managed_policies import aws_managed_policies_data

target = Path(__file__).parent.parent / "packages/server/src/kernel/identity/managed-policies/data"


def whole_seconds(stamp: str) -> str:
    return stamp.replace("+00:00", "Z")


def main() -> None:
    policies = json.loads(aws_managed_policies_data)
    index: dict[str, list[object]] = {}
    offset = 0
    with (target / "documents.jsonl").open("wb") as documents:
        for name in sorted(policies):
            policy = policies[name]
            # AWS writes Version first; the collected list has its members sorted.
            document = {"Version": policy["Document"].get("Version"), **policy["Document"]}
            if document["Version"] is None:
                del document["Version"]
            line = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
            documents.write(line + b"\n")
            index[name] = [
                policy["Path"],
                policy["DefaultVersionId"],
                whole_seconds(policy["CreateDate"]),
                whole_seconds(policy["UpdateDate"]),
                offset,
                len(line),
            ]
            offset += len(line) + 1
    rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in index.items())
    source = f"moto {version('moto')} (Apache-2.0)"
    (target / "index.json").write_text(
        f'{{\n  "source": {json.dumps(source)},\n  "policies": {{\n{rows}\n  }}\n}}\n'
    )


main()
