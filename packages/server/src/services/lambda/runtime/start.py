"""Starts a Python function where AWS's awslambdaric is not installed: the same loop over the Runtime API,
with the handler contract of https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html."""

import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

BASE = "/2018-06-01/runtime"


class Api:
    """The Runtime API, over one connection."""

    def __init__(self):
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
        self.connection = http.client.HTTPConnection(host, int(port))

    def next(self):
        self.connection.request("GET", f"{BASE}/invocation/next")
        answer = self.connection.getresponse()
        return answer.headers, answer.read()

    def post(self, path, body, headers=None):
        self.connection.request("POST", BASE + path, body, headers or {})
        self.connection.getresponse().read()


class Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class Client:
    pass


class ClientContext:
    def __init__(self, text):
        given = json.loads(text)
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = Client()
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self.client, name, (given.get("client") or {}).get(name))


class Context:
    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = Identity()
        text = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = ClientContext(text) if text else None
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


class Handler(logging.Handler):
    """Writes log records as Lambda's own handler does."""

    request_id = ""

    def emit(self, record):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + "".join(traceback.format_exception(*record.exc_info))
        line = f"[{record.levelname}]\t{stamp}.{int(record.msecs):03d}Z\t{self.request_id}\t{text}"
        sys.stdout.write(line.replace("\n", "\r") + "\n")


def described(error, kind=None, message=None):
    trace = traceback.format_list(traceback.extract_tb(error.__traceback__))
    own = [entry for entry in trace if __file__ not in entry and "<frozen importlib" not in entry]
    return {
        "errorMessage": message or str(error),
        "errorType": kind or type(error).__name__,
        "requestId": "",
        "stackTrace": own,
    }


def logged(fault):
    trace = "".join(fault["stackTrace"]).rstrip("\n")
    text = f"[ERROR] {fault['errorType']}: {fault['errorMessage']}\nTraceback (most recent call last):\n{trace}"
    print(text.replace("\n", "\r"))


def load(handler):
    try:
        module_name, name = handler.rsplit(".", 1)
    except ValueError as error:
        message = f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
        return None, described(error, "Runtime.MalformedHandlerName", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        return None, described(error, "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        return None, described(error, "Runtime.UserCodeSyntaxError", text)
    except Exception as error:
        return None, described(error)
    function = getattr(module, name, None)
    if function is None:
        error = AttributeError()
        return None, described(error, "Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    return function, None


def encode(value):
    return json.dumps(value, ensure_ascii=False, default=undumpable).encode()


def undumpable(value):
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def run(api, function, log_handler):
    while True:
        headers, body = api.next()
        context = Context(headers)
        log_handler.request_id = context.aws_request_id
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        path = f"/invocation/{context.aws_request_id}"
        try:
            result = function(json.loads(body), context)
        except Exception as error:
            fail(api, path, described(error), context)
            continue
        try:
            answer = encode(result)
        except Exception as error:
            message = f"Unable to marshal response: {error}"
            fail(api, path, described(error, "Runtime.MarshalError", message), context)
            continue
        sys.stdout.flush()
        api.post(f"{path}/response", answer, {"Content-Type": "application/json"})


def fail(api, path, fault, context):
    fault["requestId"] = context.aws_request_id
    logged(fault)
    sys.stdout.flush()
    api.post(f"{path}/error", encode(fault), {"Lambda-Runtime-Function-Error-Type": fault["errorType"]})


def main():
    sys.stdout.reconfigure(line_buffering=True)
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    log_handler = Handler()
    logging.getLogger().addHandler(log_handler)
    api = Api()
    function, fault = load(os.environ["_HANDLER"])
    if fault:
        logged(fault)
        sys.stdout.flush()
        api.post("/init/error", encode(fault), {"Lambda-Runtime-Function-Error-Type": fault["errorType"]})
        sys.exit(1)
    run(api, function, log_handler)


main()
