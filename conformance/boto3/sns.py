"""SNS: topics, subscriptions, filter policies, deliveries, permissions."""

import http.server
import json
import threading
import urllib.request

from cases import ACCOUNT, REGION, case, client, equal, refused, run

sns = client("sns")
sqs = client("sqs")


def topic(name, **attributes):
    return sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]


def queue(name):
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        },
    }
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    return url, arn


def bodies(url, wait=2):
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
    return [message["Body"] for message in messages.get("Messages", [])]


@case("a topic has AWS's attributes, is made twice, changed, tagged, listed and deleted")
def topics():
    arn = topic("plain")
    equal(arn, f"arn:aws:sns:{REGION}:{ACCOUNT}:plain")
    equal(topic("plain"), arn)
    found = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    equal(found["Owner"], ACCOUNT)
    equal(found["SubscriptionsConfirmed"], "0")
    equal(json.loads(found["Policy"])["Id"], "__default_policy_ID")
    retries = json.loads(found["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]
    equal(retries["numRetries"], 3)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="Shown")
    equal(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"], "Shown")
    with refused("InvalidParameter", "already exists with different attributes"):
        topic("plain", DisplayName="other")
    with refused("InvalidParameter", "Invalid parameter: Topic Name"):
        topic("no spaces")
    with refused("InvalidParameter", "must end with .fifo"):
        topic("ordered", FifoTopic="true")
    with refused("InvalidParameter", "AttributeName"):
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Colour", AttributeValue="red")
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["a"])
    equal(sns.list_tags_for_resource(ResourceArn=arn)["Tags"], [{"Key": "b", "Value": "2"}])
    assert {"TopicArn": arn} in sns.list_topics()["Topics"]
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    with refused("NotFound", "Topic does not exist", 404):
        sns.get_topic_attributes(TopicArn=arn)
    with refused("InvalidParameter", "An ARN must have at least 6 elements, not 1"):
        sns.publish(TopicArn="nowhere", Message="x")


@case("a queue subscribes, filters by attributes, and leaves")
def subscriptions():
    arn = topic("filtered")
    url, endpoint = queue("filtered")
    policy = {"store": ["example_corp"], "price": [{"numeric": [">=", 100]}], "gone": [{"exists": False}]}
    subscription = sns.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=endpoint,
        Attributes={"FilterPolicy": json.dumps(policy), "RawMessageDelivery": "true"},
    )["SubscriptionArn"]
    found = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    equal(found["FilterPolicyScope"], "MessageAttributes")
    equal(found["PendingConfirmation"], "false")
    equal(found["ConfirmationWasAuthenticated"], "true")
    equal(found["Owner"], ACCOUNT)

    def publish(message, price, **more):
        attributes = {
            "store": {"DataType": "String", "StringValue": "example_corp"},
            "price": {"DataType": "Number", "StringValue": price},
            **more,
        }
        sns.publish(TopicArn=arn, Message=message, MessageAttributes=attributes)

    publish("cheap", "99")
    publish("dear", "100")
    publish("spoilt", "100", gone={"DataType": "String", "StringValue": "here"})
    equal(bodies(url), ["dear"])
    equal(bodies(url, 0), [])
    with refused("InvalidParameter", "Unrecognized match type sounds-like"):
        sns.set_subscription_attributes(
            SubscriptionArn=subscription,
            AttributeName="FilterPolicy",
            AttributeValue='{"a": [{"sounds-like": "b"}]}',
        )
    equal(len(sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]), 1)
    assert subscription in [s["SubscriptionArn"] for s in sns.list_subscriptions()["Subscriptions"]]
    sns.unsubscribe(SubscriptionArn=subscription)
    equal(sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"], [])
    with refused("NotFound", "Subscription does not exist"):
        sns.get_subscription_attributes(SubscriptionArn=subscription)
    with refused("InvalidParameter", "does not support this protocol string: pigeon"):
        sns.subscribe(TopicArn=arn, Protocol="pigeon", Endpoint="coo")


@case("messages differ by protocol, batches fail entry by entry, bad ones are refused")
def publishing():
    arn = topic("structured")
    url, endpoint = queue("structured")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=arn, MessageStructure="json", Message=json.dumps({"default": "all", "sqs": "queues"}))
    equal(bodies(url), ["queues"])
    with refused("InvalidParameter", "No default entry in JSON message body"):
        sns.publish(TopicArn=arn, MessageStructure="json", Message='{"sqs": "x"}')
    with refused("InvalidParameter", "Message too long"):
        sns.publish(TopicArn=arn, Message="x" * 262_145)
    with refused("ParameterValueInvalid", "must contain non-empty message attribute value"):
        sns.publish(TopicArn=arn, Message="x", MessageAttributes={"a": {"DataType": "String"}})
    answer = sns.publish_batch(
        TopicArn=arn,
        PublishBatchRequestEntries=[{"Id": "1", "Message": "one"}, {"Id": "2", "Message": "two", "Subject": "a\nb"}],
    )
    equal([entry["Id"] for entry in answer["Successful"]], ["1"])
    equal([(entry["Id"], entry["Code"]) for entry in answer["Failed"]], [("2", "InvalidParameter")])
    with refused("TooManyEntriesInBatchRequest"):
        entries = [{"Id": str(n), "Message": "x"} for n in range(11)]
        sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)


@case("a web server confirms by the link and gets messages")
def web():
    received = []
    arrived = threading.Condition()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with arrived:
                received.append((self.headers["x-amz-sns-message-type"], json.loads(body)))
                arrived.notify()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    def nth(count):
        with arrived:
            assert arrived.wait_for(lambda: len(received) >= count, 10), "nothing came"
            return received[count - 1]

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    arn = topic("web")
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/x")
    kind, confirmation = nth(1)
    equal(kind, "SubscriptionConfirmation")
    with urllib.request.urlopen(confirmation["SubscribeURL"]) as answer:
        assert b"<ConfirmSubscriptionResponse" in answer.read()
    sns.publish(TopicArn=arn, Message="hello")
    kind, message = nth(2)
    equal((kind, message["Message"], message["SignatureVersion"]), ("Notification", "hello", "1"))
    with urllib.request.urlopen(message["SigningCertURL"]) as answer:
        assert answer.read().startswith(b"-----BEGIN CERTIFICATE-----")
    server.shutdown()


@case("a FIFO topic keeps order and takes a message once")
def fifo():
    arn = topic("ordered.fifo", FifoTopic="true")
    with refused("InvalidParameter", "MessageGroupId parameter is required"):
        sns.publish(TopicArn=arn, Message="x")
    with refused("InvalidParameter", "ContentBasedDeduplication enabled or MessageDeduplicationId"):
        sns.publish(TopicArn=arn, Message="x", MessageGroupId="g")
    first = sns.publish(TopicArn=arn, Message="x", MessageGroupId="g", MessageDeduplicationId="d")
    again = sns.publish(TopicArn=arn, Message="x", MessageGroupId="g", MessageDeduplicationId="d")
    equal(again["SequenceNumber"], first["SequenceNumber"])
    with refused("InvalidParameter", "Invalid protocol type: http"):
        sns.subscribe(TopicArn=arn, Protocol="http", Endpoint="http://127.0.0.1/")


@case("permissions become statements of the policy; a KMS key must be there")
def permissions():
    arn = topic("shared")
    sns.add_permission(TopicArn=arn, Label="give", AWSAccountId=["999988887777"], ActionName=["Publish"])
    policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    equal(policy["Statement"][1]["Action"], "SNS:Publish")
    sns.remove_permission(TopicArn=arn, Label="give")
    sealed = topic("sealed", KmsMasterKeyId="alias/nowhere")
    with refused("KMSNotFound"):
        sns.publish(TopicArn=sealed, Message="x")
    sns.set_topic_attributes(TopicArn=sealed, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    sns.publish(TopicArn=sealed, Message="x")


run()
