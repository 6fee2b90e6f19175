"""Writes schemas in the form of the AWS SDK's, with types, for services whose SDK client has none.

Run: python3 scripts/generate-schemas.py
Source: the service model in the installed botocore (docs/decisions/0016-schemas-of-a-service-model.md).
"""

import gzip
import json
import pathlib
import re

import botocore

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVICES = {"serverlessrepo": "com.amazonaws.serverlessapplicationrepository"}
SCALARS = {"boolean": (2, "boolean"), "integer": (1, "number"), "long": (1, "number"), "double": (1, "number"), "string": (0, "string")}


def load_model(service):
    folder = pathlib.Path(botocore.__file__).parent / "data" / service
    version = sorted(path.name for path in folder.iterdir())[-1]
    return json.loads(gzip.decompress((folder / version / "service-2.json.gz").read_bytes()))


def text(value):
    return json.dumps(value)


class Writer:
    def __init__(self, model, namespace):
        self.shapes = model["shapes"]
        self.operations = model["operations"]
        self.namespace = text(namespace)

    def schema(self, name):
        """The reference to a shape's schema, as a member has it."""
        shape = self.shapes[name]
        if shape["type"] in SCALARS:
            return str(SCALARS[shape["type"]][0])
        if shape["type"] == "list" and self.shapes[shape["member"]["shape"]]["type"] == "string":
            return "64 | 0"
        return f"() => {identifier(name)}$"

    def type(self, name):
        shape = self.shapes[name]
        if "enum" in shape:
            return " | ".join(f"'{value}'" for value in shape["enum"])
        if shape["type"] in SCALARS:
            return SCALARS[shape["type"]][1]
        if shape["type"] == "list":
            return f"readonly ({self.type(shape['member']['shape'])})[]"
        return identifier(name)

    def member(self, name, member):
        traits = {}
        wire = member.get("locationName", name)
        if member.get("location") == "uri":
            traits = {"httpLabel": 1}
        elif member.get("location") == "querystring":
            traits = {"httpQuery": wire}
        elif wire != name:
            traits = {"jsonName": wire}
        target = self.schema(member["shape"])
        return f"[{target}, {text(traits)}]" if traits else target

    def structure(self, name):
        shape = self.shapes[name]
        required = shape.get("required", [])
        names = sorted(shape["members"], key=lambda member: (member not in required, member))
        members = [self.member(member, shape["members"][member]) for member in names]
        is_error = shape.get("exception", False)
        status = shape.get("error", {}).get("httpStatusCode", 400)
        traits = text({"error": "client" if status < 500 else "server", "httpError": status}) if is_error else "0"
        kind = "StaticErrorSchema" if is_error else "StaticStructureSchema"
        count = f", {len(required)}" if required and not is_error else ""
        yield (
            f"export const {name}$: {kind} = [{-3 if is_error else 3}, {self.namespace}, {text(name)}, {traits}, "
            f"{text(names)}, [{', '.join(members)}]{count}]"
        )
        if is_error:
            return
        yield f"export interface {name} {{"
        for member in names:
            optional = "" if member in required else "?"
            yield f"  readonly {member}{optional}: {self.type(shape['members'][member]['shape'])} | undefined"
        yield "}"

    def list(self, name):
        target = self.schema(self.shapes[name]["member"]["shape"])
        if target != "0":
            yield f"const {identifier(name)}$: StaticListSchema = [1, {self.namespace}, {text(name)}, 0, {target}]"

    def operation(self, name):
        operation = self.operations[name]
        http = operation["http"]
        members = self.shapes[operation["input"]["shape"]]["members"]
        labels = {member.get("locationName"): label for label, member in members.items() if member.get("location") == "uri"}
        path = re.sub(r"\{(\w+)\}", lambda found: "{" + labels[found[1]] + "}", http["requestUri"])
        traits = text({"http": [http["method"], path, http.get("responseCode", 200)]})
        output = f"() => {operation['output']['shape']}$" if "output" in operation else "() => Unit"
        yield (
            f"export const {name}$: StaticOperationSchema = [9, {self.namespace}, {text(name)}, {traits}, "
            f"() => {operation['input']['shape']}$, {output}]"
        )

    def lines(self):
        yield "// Written by `python3 scripts/generate-schemas.py` from the service's public model."
        yield "import type { StaticErrorSchema, StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types'"
        yield ""
        yield "const Unit = 'unit' as const"
        for name, shape in sorted(self.reached().items()):
            if shape["type"] == "structure":
                yield from self.structure(name)
            elif shape["type"] == "list":
                yield from self.list(name)
        for name in sorted(self.operations):
            yield from self.operation(name)

    def reached(self):
        """The shapes that operations and their errors are made of."""
        found = {}
        queue = []
        for operation in self.operations.values():
            queue += [operation[part]["shape"] for part in ("input", "output") if part in operation]
            queue += [error["shape"] for error in operation.get("errors", [])]
        while queue:
            name = queue.pop()
            if name in found:
                continue
            shape = found[name] = self.shapes[name]
            queue += [member["shape"] for member in shape.get("members", {}).values()]
            queue += [shape["member"]["shape"]] if "member" in shape else []
        return found


def identifier(name):
    return name.lstrip("_")


def main():
    for service, namespace in SERVICES.items():
        target = ROOT / f"packages/server/src/services/{service}/data/schemas.ts"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(Writer(load_model(service), namespace).lines()) + "\n")
        print(target.relative_to(ROOT))


main()
