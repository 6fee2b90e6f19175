"""What a bucket does of its own accord: notifications, lifecycle, CORS, logs."""

import datetime
import json
import os
import urllib.error
import urllib.request

from cases import ACCOUNT, REGION, case, client, equal, refused, run

s3 = client("s3")
sqs = client("sqs")
sns = client("sns")
events = client("events")
B = "conformance-events"
s3.create_bucket(Bucket=B)


def queue(name, principal, source):
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": source}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    return url, arn


def messages(url, count):
    found = []
    for _ in range(20):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if len(found) >= count:
            break
    equal(len(found), count)
    return found


@case("a queue hears of what it asked for, and of nothing else")
def to_queue():
    url, arn = queue("s3-events", "s3.amazonaws.com", f"arn:aws:s3:::{B}")
    sqs.create_queue(QueueName="s3-closed")
    rule = {"Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".txt"}]}}}
    wanted = {"Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], **rule}
    with refused("InvalidArgument", "Unable to validate", 400):
        bad = {"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:s3-closed", **wanted}
        s3.put_bucket_notification_configuration(
            Bucket=B, NotificationConfiguration={"QueueConfigurations": [bad]}
        )
    s3.put_bucket_notification_configuration(
        Bucket=B, NotificationConfiguration={"QueueConfigurations": [{"Id": "mine", "QueueArn": arn, **wanted}]}
    )
    equal(messages(url, 1)[0]["Event"], "s3:TestEvent")
    s3.put_object(Bucket=B, Key="in/a b.txt", Body=b"12345")
    s3.put_object(Bucket=B, Key="out/a.txt", Body=b"x")
    (record,) = messages(url, 1)[0]["Records"]
    equal(record["eventName"], "ObjectCreated:Put")
    equal(record["s3"]["configurationId"], "mine")
    equal(record["s3"]["bucket"]["name"], B)
    equal((record["s3"]["object"]["key"], record["s3"]["object"]["size"]), ("in/a+b.txt", 5))
    s3.delete_object(Bucket=B, Key="in/a b.txt")
    equal(messages(url, 1)[0]["Records"][0]["eventName"], "ObjectRemoved:Delete")
    got = s3.get_bucket_notification_configuration(Bucket=B)["QueueConfigurations"]
    equal([(each["Id"], each["QueueArn"]) for each in got], [("mine", arn)])
    s3.put_bucket_notification_configuration(Bucket=B, NotificationConfiguration={})
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=B)


@case("EventBridge hears of a bucket that tells it")
def to_eventbridge():
    url, arn = queue("s3-bridge", "events.amazonaws.com", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/s3-rule")
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [B]}}}
    events.put_rule(Name="s3-rule", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="s3-rule", Targets=[{"Id": "q", "Arn": arn}])
    s3.put_bucket_notification_configuration(
        Bucket=B, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket=B, Key="bridge", Body=b"123")
    event = messages(url, 1)[0]
    equal(event["detail-type"], "Object Created")
    equal((event["detail"]["object"]["key"], event["detail"]["object"]["size"]), ("bridge", 3))
    equal(event["resources"], [f"arn:aws:s3:::{B}"])
    equal(event["detail"]["reason"], "PutObject")
    s3.put_bucket_notification_configuration(Bucket=B, NotificationConfiguration={})


@case("lifecycle rules are checked and told as they were put")
def lifecycle():
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=B)
    rules = [
        {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}},
        {
            "ID": "versions",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7, "NewerNoncurrentVersions": 2},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
        {
            "ID": "dated",
            "Status": "Disabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Date": datetime.datetime(2031, 1, 1, tzinfo=datetime.timezone.utc)},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=B, LifecycleConfiguration={"Rules": rules})
    got = s3.get_bucket_lifecycle_configuration(Bucket=B)["Rules"]
    equal([each["ID"] for each in got], ["old", "versions", "dated"])
    equal(got[0]["Expiration"], {"Days": 3})
    equal(got[2]["Expiration"]["Date"].year, 2031)
    told = s3.put_object(Bucket=B, Key="logs/1", Body=b"x")["Expiration"]
    assert 'rule-id="old"' in told, told
    with refused("InvalidRequest", "At least one action", 400):
        empty = [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}}]
        s3.put_bucket_lifecycle_configuration(Bucket=B, LifecycleConfiguration={"Rules": empty})
    s3.delete_bucket_lifecycle(Bucket=B)


@case("a browser's preflight is answered by the bucket's rules")
def cors():
    address = f"{os.environ['AWS_ENDPOINT_URL']}/{B}/k"

    def ask(method, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(address, method=method, headers=names)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers

    with refused("NoSuchCORSConfiguration", status=404):
        s3.get_bucket_cors(Bucket=B)
    wanted = {"Origin": "https://app.example.com", "Access_Control_Request_Method": "PUT"}
    equal(ask("OPTIONS", **wanted)[0], 403)
    rule = {
        "AllowedOrigins": ["https://*.example.com"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["x-amz-*", "content-type"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    }
    s3.put_bucket_cors(Bucket=B, CORSConfiguration={"CORSRules": [rule]})
    equal(s3.get_bucket_cors(Bucket=B)["CORSRules"], [rule])
    status, headers = ask("OPTIONS", **wanted, Access_Control_Request_Headers="Content-Type, X-Amz-Date")
    equal(status, 200)
    equal(headers["Access-Control-Allow-Origin"], "https://app.example.com")
    equal(headers["Access-Control-Allow-Methods"], "GET, PUT")
    equal(headers["Access-Control-Max-Age"], "60")
    equal(ask("OPTIONS", **{**wanted, "Origin": "https://evil.example"})[0], 403)
    equal(ask("OPTIONS", **wanted, Access_Control_Request_Headers="authorization")[0], 403)
    equal(ask("GET", Origin="https://app.example.com")[1]["Access-Control-Expose-Headers"], "ETag")
    s3.delete_bucket_cors(Bucket=B)


@case("a bucket's access log may go to another bucket of the account")
def logging():
    target = "conformance-logs"
    s3.create_bucket(Bucket=target)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=B)
    with refused("InvalidTargetBucketForLogging", status=400):
        bad = {"LoggingEnabled": {"TargetBucket": "conformance-none", "TargetPrefix": ""}}
        s3.put_bucket_logging(Bucket=B, BucketLoggingStatus=bad)
    wanted = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "log/"}}
    s3.put_bucket_logging(Bucket=B, BucketLoggingStatus=wanted)
    equal(s3.get_bucket_logging(Bucket=B)["LoggingEnabled"], wanted["LoggingEnabled"])
    s3.put_bucket_logging(Bucket=B, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=B)


run()
