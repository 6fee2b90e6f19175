"""Writes each service's model constraints (length, range, pattern, enum) from the installed botocore.

Run: python3 scripts/generate-constraints.py
What the AWS SDK's schemas know by themselves (required, sensitive) is left out. What botocore does
not have yet comes from scripts/data/constraints-overrides.json, each entry with its source.
"""

import gzip
import json
import pathlib

import botocore

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVICES = ["kms", "iam", "sts", "cloudtrail", "sqs", "sns", "organizations", "cloudformation", "logs", "cloudwatch", "events", "lambda", "ssm", "secretsmanager", "ecr", "serverlessrepo", "rds", "apigateway", "cloudfront", "wafv2", "elasticloadbalancing", "ec2"]
# Where botocore has another name for a service than IAM has.
MODELS = {"elasticloadbalancing": "elbv2"}
FACETS = ["min", "max", "pattern", "enum"]


def load_model(service):
    folder = pathlib.Path(botocore.__file__).parent / "data" / MODELS.get(service, service)
    version = sorted(path.name for path in folder.iterdir())[-1]
    plain = folder / version / "service-2.json"
    packed = folder / version / "service-2.json.gz"
    return json.loads(gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes())


def merge(shapes, overrides):
    for name, change in overrides.items():
        shape = shapes.setdefault(name, {})
        for key, value in change.items():
            if key == "members":
                shape.setdefault("members", {}).update(value)
            elif key == "enum":
                known = shape.setdefault("enum", [])
                known.extend(item for item in value if item not in known)
            else:
                shape[key] = value


def compact(shapes, name, done):
    """Collects the shape and what it reaches into `done`; true if anything in it is constrained."""
    if name in done:
        return done[name] is not False
    done[name] = {}  # a shape inside itself counts as constrained until it is known
    shape = shapes[name]
    entry = {facet: shape[facet] for facet in FACETS if facet in shape}
    if shape["type"] in ("integer", "long"):
        entry["integer"] = True
    if shape["type"] == "structure":
        members = {
            member: target["shape"]
            for member, target in sorted(shape.get("members", {}).items())
            if compact(shapes, target["shape"], done)
        }
        if members:
            entry["members"] = members
    for kind, parts in (("list", {"member": "element"}), ("map", {"key": "key", "value": "value"})):
        if shape["type"] == kind:
            for source, target in parts.items():
                if compact(shapes, shape[source]["shape"], done):
                    entry[target] = shape[source]["shape"]
    done[name] = entry or False
    return bool(entry)


def constraints(service, overrides):
    model = load_model(service)
    shapes = model["shapes"]
    merge(shapes, overrides.get("shapes", {}))
    inputs = {
        name: operation["input"]["shape"]
        for name, operation in model["operations"].items()
        if "input" in operation
    }
    inputs.update(overrides.get("operations", {}))
    done = {}
    operations = {
        name: shape for name, shape in sorted(inputs.items()) if compact(shapes, shape, done)
    }
    kept = {name: entry for name, entry in sorted(done.items()) if entry}
    return {"operations": operations, "shapes": kept}


def main():
    overrides = json.loads((ROOT / "scripts/data/constraints-overrides.json").read_text())
    for service in SERVICES:
        target = ROOT / f"packages/server/src/services/{service}/data/constraints.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        data = constraints(service, overrides.get(service, {}))
        target.write_text(json.dumps(data, separators=(",", ":"), ensure_ascii=True) + "\n")
        print(f"{service}: {len(data['operations'])} operations, {len(data['shapes'])} shapes")


main()
