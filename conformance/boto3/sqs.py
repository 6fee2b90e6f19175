"""SQS: queues, messages, FIFO, dead-letter queues, encryption, policies; over JSON, and Query by hand."""

import hashlib
import json
import threading
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.session

from cases import ACCOUNT, REGION, case, client, equal, refused, run

sqs = client("sqs")


def queue(name, **attributes):
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def attributes(url, *names):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names or ["All"]))["Attributes"]


def receive(url, **how):
    return sqs.receive_message(QueueUrl=url, **how).get("Messages", [])


@case("a queue has AWS's defaults, is made twice, found, listed in pages, and deleted")
def queues():
    url = queue("plain")
    assert url.endswith(f"/{ACCOUNT}/plain"), url
    equal(queue("plain"), url)
    equal(sqs.get_queue_url(QueueName="plain")["QueueUrl"], url)
    found = attributes(url)
    equal(found["VisibilityTimeout"], "30")
    equal(found["MaximumMessageSize"], "1048576")
    equal(found["MessageRetentionPeriod"], "345600")
    equal(found["SqsManagedSseEnabled"], "true")
    equal(found["QueueArn"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:plain")
    assert "FifoQueue" not in found and "Policy" not in found
    with refused("QueueAlreadyExists", "different value for attribute VisibilityTimeout"):
        queue("plain", VisibilityTimeout="31")
    with refused("InvalidAttributeName", "Unknown Attribute Colour."):
        queue("other", Colour="red")
    with refused("InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."):
        queue("other", DelaySeconds="901")
    with refused("InvalidParameterValue", "1 to 80 in length"):
        queue("no spaces")
    for number in range(5):
        queue(f"page-{number}")
    pages = sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix="page-", PaginationConfig={"PageSize": 2}
    )
    equal([len(page["QueueUrls"]) for page in pages], [2, 2, 1])
    sqs.delete_queue(QueueUrl=url)
    with refused("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."):
        attributes(url)
    try:
        sqs.get_queue_url(QueueName="plain")
        raise AssertionError("the queue is still there")
    except sqs.exceptions.QueueDoesNotExist:
        pass


@case("messages carry attributes whose checksums boto3 verifies, and are counted")
def messages():
    url = queue("attributes")
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="héllo",
        MessageAttributes={
            "city": {"DataType": "String", "StringValue": "Zürich"},
            "count.a": {"DataType": "Number.int", "StringValue": "42"},
            "count.b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        },
        MessageSystemAttributes={
            "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}
        },
    )
    equal(sent["MD5OfMessageBody"], hashlib.md5("héllo".encode()).hexdigest())
    assert sent["MD5OfMessageAttributes"] and sent["MD5OfMessageSystemAttributes"]
    equal(attributes(url)["ApproximateNumberOfMessages"], "1")
    (got,) = receive(url, MessageAttributeNames=["count.*"], AttributeNames=["All"])
    equal(sorted(got["MessageAttributes"]), ["count.a", "count.b"])
    equal(got["MessageAttributes"]["count.b"]["BinaryValue"], b"\x00\xff")
    equal(got["Attributes"]["ApproximateReceiveCount"], "1")
    assert got["Attributes"]["AWSTraceHeader"].startswith("Root=")
    assert "SenderId" in got["Attributes"] and "SentTimestamp" in got["Attributes"]
    equal(attributes(url)["ApproximateNumberOfMessagesNotVisible"], "1")
    equal(attributes(url)["ApproximateNumberOfMessages"], "0")
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    (again,) = receive(url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["ApproximateReceiveCount"])
    equal(again["Attributes"], {"ApproximateReceiveCount": "2"})
    equal(again["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    equal(attributes(url)["ApproximateNumberOfMessagesNotVisible"], "0")
    with refused("ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)
    equal(attributes(url)["ApproximateNumberOfMessagesDelayed"], "1")
    sqs.purge_queue(QueueUrl=url)
    equal(attributes(url)["ApproximateNumberOfMessagesDelayed"], "0")
    with refused("AWS.SimpleQueueService.PurgeQueueInProgress"):
        sqs.purge_queue(QueueUrl=url)


@case("a batch succeeds and fails entry by entry")
def batches():
    url = queue("batches", MaximumMessageSize="1024")
    entries = [{"Id": str(n), "MessageBody": f"m{n}"} for n in range(3)]
    answer = sqs.send_message_batch(
        QueueUrl=url, Entries=[*entries, {"Id": "large", "MessageBody": "x" * 1025}]
    )
    equal([entry["Id"] for entry in answer["Successful"]], ["0", "1", "2"])
    (failed,) = answer["Failed"]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("large", "InvalidParameterValue", True))
    got = receive(url, MaxNumberOfMessages=10)
    equal([message["Body"] for message in got], ["m0", "m1", "m2"])
    hidden = [
        {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
        for n, message in enumerate(got)
    ]
    equal(len(sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden)["Successful"]), 3)
    got = receive(url, MaxNumberOfMessages=10)
    gone = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(got)]
    gone.append({"Id": "bad", "ReceiptHandle": "bad"})
    answer = sqs.delete_message_batch(QueueUrl=url, Entries=gone)
    equal([entry["Code"] for entry in answer["Failed"]], ["ReceiptHandleIsInvalid"])
    with refused("AWS.SimpleQueueService.EmptyBatchRequest"):
        sqs.send_message_batch(QueueUrl=url, Entries=[])
    with refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id a repeated."):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}] * 2)
    with refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest"):
        many = [{"Id": str(n), "MessageBody": "x"} for n in range(11)]
        sqs.send_message_batch(QueueUrl=url, Entries=many)
    with refused("InvalidParameterValue", "Must be between 1 and 10"):
        receive(url, MaxNumberOfMessages=11)


@case("a long poll ends as soon as a message comes")
def long_poll():
    url = queue("poll", ReceiveMessageWaitTimeSeconds="20")
    began = time.monotonic()
    threading.Timer(0.3, lambda: sqs.send_message(QueueUrl=url, MessageBody="now")).start()
    (got,) = receive(url)
    equal(got["Body"], "now")
    assert time.monotonic() - began < 5
    began = time.monotonic()
    equal(receive(url, WaitTimeSeconds=1), [])
    assert 0.9 < time.monotonic() - began < 5


@case("FIFO: groups in order and locked, duplicates taken once, attempts repeated")
def fifo():
    with refused("InvalidParameterValue", "must end with .fifo suffix"):
        queue("ordered", FifoQueue="true")
    url = queue("ordered.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    equal(attributes(url)["DeduplicationScope"], "queue")

    def send(body, group, **more):
        return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **more)

    first = send("a1", "a")
    equal(send("a1", "a")["SequenceNumber"], first["SequenceNumber"])
    send("a2", "a", MessageDeduplicationId="x")
    send("b1", "b")
    with refused("MissingParameter", "MessageGroupId"):
        sqs.send_message(QueueUrl=url, MessageBody="none")
    (a1,) = receive(url, ReceiveRequestAttemptId="try")
    equal(a1["Body"], "a1")
    (again,) = receive(url, ReceiveRequestAttemptId="try")
    equal(again["ReceiptHandle"], a1["ReceiptHandle"])
    (b1,) = receive(url, MaxNumberOfMessages=10, AttributeNames=["All"])
    equal(b1["Body"], "b1")
    equal(b1["Attributes"]["MessageGroupId"], "b")
    assert b1["Attributes"]["SequenceNumber"] > first["SequenceNumber"]
    equal(receive(url), [])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=a1["ReceiptHandle"])
    (a2,) = receive(url, VisibilityTimeout=1, AttributeNames=["MessageDeduplicationId"])
    equal((a2["Body"], a2["Attributes"]["MessageDeduplicationId"]), ("a2", "x"))
    time.sleep(1.1)
    with refused("InvalidParameterValue", "The receipt handle has expired"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=a2["ReceiptHandle"])
    equal([message["Body"] for message in receive(url)], ["a2"])


@case("a message received too often goes to the dead-letter queue, and back again")
def dead_letters():
    dead = queue("dead")
    arn = attributes(dead)["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = queue("alive", RedrivePolicy=policy)
    with refused("InvalidParameterValue", "Dead letter target does not exist."):
        queue("lost", RedrivePolicy=policy.replace("dead\"", "nowhere\""))
    equal(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [url])
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    equal(len(receive(url, VisibilityTimeout=0)), 1)
    equal(receive(url), [])
    (got,) = receive(dead, AttributeNames=["All"], VisibilityTimeout=0)
    equal(got["Attributes"]["DeadLetterQueueSourceArn"], attributes(url)["QueueArn"])
    handle = sqs.start_message_move_task(SourceArn=arn)["TaskHandle"]
    for _ in range(100):
        (task,) = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
        if task["Status"] == "COMPLETED":
            break
        time.sleep(0.05)
    equal((task["Status"], task["ApproximateNumberOfMessagesMoved"]), ("COMPLETED", 1))
    equal([message["Body"] for message in receive(url)], ["poison"])
    with refused("AWS.SimpleQueueService.UnsupportedOperation"):
        sqs.cancel_message_move_task(TaskHandle=handle)
    sqs.set_queue_attributes(
        QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})}
    )
    with refused("InvalidParameterValue"):
        queue("late", RedrivePolicy=policy)


@case("a queue with a KMS key needs the key")
def encrypted():
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    url = queue("sealed", KmsMasterKeyId=key)
    equal(attributes(url)["KmsDataKeyReusePeriodSeconds"], "300")
    equal(attributes(url)["SqsManagedSseEnabled"], "false")
    sqs.send_message(QueueUrl=url, MessageBody="secret")
    equal([message["Body"] for message in receive(url, VisibilityTimeout=0)], ["secret"])
    managed = queue("managed", KmsMasterKeyId="alias/aws/sqs")
    sqs.send_message(QueueUrl=managed, MessageBody="secret")
    equal(len(receive(managed)), 1)
    lost = queue("keyless", KmsMasterKeyId="alias/nowhere")
    with refused("KMS.NotFoundException"):
        sqs.send_message(QueueUrl=lost, MessageBody="secret")


@case("permissions become statements of the policy, and tags are kept")
def permissions():
    url = queue("shared")
    sqs.add_permission(QueueUrl=url, Label="give", AWSAccountIds=["999988887777"], Actions=["SendMessage"])
    policy = json.loads(attributes(url)["Policy"])
    equal(policy["Statement"][0]["Principal"], {"AWS": "arn:aws:iam::999988887777:root"})
    sqs.remove_permission(QueueUrl=url, Label="give")
    assert "Policy" not in attributes(url)
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": "2"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a"])
    equal(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"b": "2"})


def query(url, **fields):
    """An older client's call: a signed form, posted to the queue's own URL."""
    session = botocore.session.get_session()
    body = urllib.parse.urlencode({**fields, "Version": "2012-11-05"})
    request = botocore.awsrequest.AWSRequest(
        "POST", url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    botocore.auth.SigV4Auth(session.get_credentials(), "sqs", REGION).add_auth(request)
    answer = botocore.httpsession.URLLib3Session().send(request.prepare())
    return answer.status_code, answer.text


@case("older clients speak Query to the queue's URL")
def old_clients():
    url = queue("old")
    status, text = query(
        url,
        Action="SendMessage",
        MessageBody="hi",
        **{
            "MessageAttribute.1.Name": "a",
            "MessageAttribute.1.Value.DataType": "String",
            "MessageAttribute.1.Value.StringValue": "b",
        },
    )
    equal(status, 200)
    assert "<MD5OfMessageBody>49f68a5c8493ec2c0bf489821c21fc3b</MD5OfMessageBody>" in text, text
    status, text = query(url, Action="ReceiveMessage", **{"AttributeName.1": "All", "MessageAttributeName.1": "All"})
    assert "<Message><MessageId>" in text and "<Name>SenderId</Name>" in text, text
    assert "<MessageAttribute><Name>a</Name><Value>" in text, text
    status, text = query(url, Action="GetQueueAttributes", **{"AttributeName.1": "QueueArn"})
    assert f"<Attribute><Name>QueueArn</Name><Value>arn:aws:sqs:{REGION}:{ACCOUNT}:old</Value>" in text, text
    status, text = query(url + "er", Action="GetQueueAttributes")
    equal(status, 400)
    assert "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in text, text


run()
