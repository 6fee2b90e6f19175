"""Functions: Python ones, waiters, layers, versions, queues, errors."""

import io
import json
import time
import zipfile

from cases import ACCOUNT, REGION, Skip, case, client, equal, refused, run

functions = client("lambda")
iam = client("iam")
sqs = client("sqs")
logs = client("logs")

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "logs:*"], "Resource": "*"}],
}
ROLE = iam.create_role(RoleName="boto3-function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
iam.put_role_policy(RoleName="boto3-function", PolicyName="p", PolicyDocument=json.dumps(ALLOW))


def package(**files):
    bytes_ = io.BytesIO()
    with zipfile.ZipFile(bytes_, "w") as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name.replace("__", "."))
            info.external_attr = 0o100755 << 16
            archive.writestr(info, text)
    return bytes_.getvalue()


def make(name, runtime, handler, code, **more):
    answer = functions.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler=handler,
        Role=ROLE,
        Code={"ZipFile": code},
        Timeout=20,
        MemorySize=256,
        **more,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    return answer


def invoke(name, event, **more):
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return answer, json.loads(answer["Payload"].read() or b"null")


PYTHON = """
import json, logging, os
logger = logging.getLogger()
logger.setLevel(logging.INFO)

def handler(event, context):
    logger.info("heard %s", event.get("say"))
    if event.get("fail"):
        raise KeyError("asked for")
    return {
        "said": event.get("say"),
        "name": context.function_name,
        "left": context.get_remaining_time_in_millis(),
        "memory": context.memory_limit_in_mb,
        "own": os.environ.get("OWN"),
    }

def whoami(event, context):
    import boto3
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


@case("a Python function gets its event and context, and its logs are kept")
def python():
    make("python", "python3.12", "main.handler", package(main__py=PYTHON), Environment={"Variables": {"OWN": "é"}})
    answer, got = invoke("python", {"say": "hello"}, LogType="Tail")
    equal(answer["StatusCode"], 200)
    equal((got["said"], got["name"], got["memory"], got["own"]), ("hello", "python", "256", "é"))
    assert 0 < got["left"] <= 20000, got["left"]
    for _ in range(100):
        try:
            events = logs.filter_log_events(logGroupName="/aws/lambda/python")["events"]
        except logs.exceptions.ResourceNotFoundException:
            events = []
        if any("REPORT" in event["message"] for event in events):
            break
        time.sleep(0.1)
    assert any("heard hello" in event["message"] for event in events), events


@case("a Python function's exception comes with its trace")
def fails():
    answer, got = invoke("python", {"fail": True})
    equal(answer["FunctionError"], "Unhandled")
    equal((got["errorType"], got["errorMessage"]), ("KeyError", "'asked for'"))
    assert any("main.py" in line for line in got["stackTrace"]), got


@case("boto3 is there inside, and is the execution role")
def whoami():
    make("whoami", "python3.13", "main.whoami", package(main__py=PYTHON))
    _, got = invoke("whoami", {})
    equal(got, f"arn:aws:sts::{ACCOUNT}:assumed-role/boto3-function/whoami")


@case("a module that cannot be imported is said to be so")
def broken():
    make("broken", "python3.12", "none.handler", package(main__py=PYTHON))
    answer, got = invoke("broken", {})
    equal(answer["FunctionError"], "Unhandled")
    equal(got["errorType"], "Runtime.ImportModuleError")
    equal(got["errorMessage"], "Unable to import module 'none': No module named 'none'")


@case("a runtime of one's own speaks the Runtime API")
def provided():
    import shutil

    if not shutil.which("curl"):
        raise Skip("there is no curl for the bootstrap")
    bootstrap = """#!/bin/sh
set -eu
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  head=$(mktemp)
  event=$(curl -sS -D "$head" "$api/next")
  id=$(grep -i '^lambda-runtime-aws-request-id:' "$head" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -o /dev/null -d "{\\"echo\\":$event,\\"handler\\":\\"$_HANDLER\\"}" "$api/$id/response"
done
"""
    make("provided", "provided.al2023", "mine", package(bootstrap=bootstrap))
    for number in (1, 2):
        _, got = invoke("provided", {"n": number})
        equal(got, {"echo": {"n": number}, "handler": "mine"})


@case("a function that eats memory is killed, and the next call finds a new one")
def memory():
    code = "def handler(event, context):\n    return 'well' if event.get('well') else len(bytearray(10**9))\n"
    make("hungry", "python3.12", "main.handler", package(main__py=code))
    functions.update_function_configuration(FunctionName="hungry", MemorySize=128)
    functions.get_waiter("function_updated_v2").wait(FunctionName="hungry")
    answer, got = invoke("hungry", {})
    equal(answer["FunctionError"], "Unhandled")
    assert "Runtime exited with error: signal: killed" in got.get("errorMessage", "") or got["errorType"] == "MemoryError", got
    _, got = invoke("hungry", {"well": True})
    equal(got, "well")


@case("versions and aliases are listed page by page")
def versions():
    functions.publish_version(FunctionName="python")
    for name in ("blue", "green", "red"):
        functions.create_alias(FunctionName="python", Name=name, FunctionVersion="1")
    pages = functions.get_paginator("list_aliases").paginate(FunctionName="python", PaginationConfig={"PageSize": 2})
    equal([alias["Name"] for page in pages for alias in page["Aliases"]], ["blue", "green", "red"])
    with refused("ResourceConflictException", "Alias already exists"):
        functions.create_alias(FunctionName="python", Name="red", FunctionVersion="1")
    with refused("ResourceNotFoundException", f"Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:python:9"):
        functions.invoke(FunctionName="python", Qualifier="9")


@case("messages of a queue reach the function and go")
def queue():
    url = sqs.create_queue(QueueName="boto3-work")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:boto3-work"
    code = "def handler(event, context):\n    print('got', [r['body'] for r in event['Records']])\n"
    make("queued", "python3.12", "main.handler", package(main__py=code))
    mapping = functions.create_event_source_mapping(FunctionName="queued", EventSourceArn=arn, BatchSize=2)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    for _ in range(100):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        left = int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])
        if left == 0:
            break
        time.sleep(0.1)
    equal(left, 0)
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    with refused("ResourceNotFoundException"):
        functions.get_event_source_mapping(UUID=mapping["UUID"])


@case("what may not be is refused")
def limits():
    with refused("ValidationException", "at 'timeout' failed to satisfy constraint"):
        functions.update_function_configuration(FunctionName="python", Timeout=901)
    with refused("InvalidRequestContentException", "Could not parse request body into json"):
        functions.invoke(FunctionName="python", Payload=b"{")
    with refused("ResourceConflictException", "Function already exist: python"):
        make("python", "python3.12", "main.handler", package(main__py=PYTHON))


if __name__ == "__main__":
    run()
