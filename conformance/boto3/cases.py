"""Runs a script's cases one by one and tells the test runner about each as a line of JSON."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

_cases = []

ACCOUNT = os.environ.get("CONFORMANCE_ACCOUNT", "")
REGION = os.environ.get("AWS_REGION", "us-east-1")


class Skip(Exception):
    """Raised by a case that this machine or this boto3 cannot run; its text is the reason."""


def case(sentence):
    """Registers a function as a case under a sentence."""

    def register(function):
        _cases.append((sentence, function))
        return function

    return register


def client(service, region=REGION, credentials=None, **config):
    """A boto3 client as a user makes it; `credentials` is what STS or IAM answered."""
    keys = {}
    if credentials:
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials.get("SessionToken"),
        }
    return boto3.client(service, region_name=region, config=Config(**config), **keys)


def needs(service, operation, member=None):
    """Skips the case when the installed boto3 is older than an operation or an input's member."""
    model = botocore.session.get_session().get_service_model(service)
    if operation not in model.operation_names:
        raise Skip(f"the installed boto3 has no {operation}")
    if member and member not in model.operation_model(operation).input_shape.members:
        raise Skip(f"the installed boto3 has no {operation} {member}")


@contextlib.contextmanager
def refused(code, message=None, status=None):
    """The block must be refused with this code, and a message that contains this text."""
    try:
        yield
    except ClientError as error:
        got = error.response["Error"]
        assert got["Code"] == code, f"{got['Code']} instead of {code}: {got.get('Message')}"
        if message is not None:
            assert message in (got.get("Message") or ""), f"{got.get('Message')!r} lacks {message!r}"
        if status is not None:
            got_status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            assert got_status == status, f"status {got_status} instead of {status}"
        assert error.response["ResponseMetadata"]["RequestId"], "no request id"
    else:
        raise AssertionError(f"was not refused with {code}")


def openssl(*arguments, files=None):
    """Runs openssl in a folder with these files, and gives what it wrote to standard output."""
    if shutil.which("openssl") is None:
        raise Skip("openssl is not installed")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (files or {}).items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


def equal(got, expected):
    """Both are equal, or the case fails and shows both."""
    assert got == expected, f"{got!r} instead of {expected!r}"


def _own_frames(error):
    folder = os.path.dirname(os.path.abspath(__file__))
    frames = traceback.extract_tb(error.__traceback__)
    return "".join(
        f"  {os.path.basename(frame.filename)}:{frame.lineno} {frame.line}\n"
        for frame in frames
        if os.path.dirname(frame.filename) == folder
    )


def run():
    """Runs every registered case."""
    for sentence, function in _cases:
        result = {"name": sentence}
        try:
            function()
        except Skip as reason:
            result["skip"] = str(reason)
        except Exception as error:
            result["error"] = f"{type(error).__name__}: {error}\n{_own_frames(error)}"
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
