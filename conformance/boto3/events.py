"""EventBridge: buses, rules, patterns, and delivery to Lambda, SNS, SQS, Logs, a bus and a webhook."""

import datetime
import http.server
import io
import json
import threading
import time
import zipfile

from cases import ACCOUNT, REGION, case, client, equal, refused, run

events = client("events")
iam = client("iam")
kms = client("kms")
sqs = client("sqs")

SERVICE = "events.amazonaws.com"


def arn(service, resource):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def allow(principal, action, resource, **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    if principal:
        statement["Principal"] = principal
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(name, service, action):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        ],
    }
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=allow(None, action, "*"))
    return made["Arn"]


def queue(name):
    queue_arn = arn("sqs", name)
    policy = allow({"Service": [SERVICE, "sns.amazonaws.com"]}, "sqs:SendMessage", queue_arn)
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
    return url, queue_arn


def bodies(url, count, seconds=20):
    found = []
    until = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < until:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message)
    assert len(found) == count, f"{len(found)} messages instead of {count}"
    return found


def put(detail, **entry):
    answer = events.put_events(
        Entries=[
            {"Source": "my.app", "DetailType": "order", "Detail": json.dumps(detail), **entry}
        ]
    )
    equal(answer["FailedEntryCount"], 0)
    return answer["Entries"][0]["EventId"]


def rule(name, pattern, *targets, **more):
    events.put_rule(Name=name, EventPattern=json.dumps(pattern), **more)
    numbered = [{"Id": f"t{index}", **target} for index, target in enumerate(targets)]
    where = {"EventBusName": more["EventBusName"]} if "EventBusName" in more else {}
    equal(events.put_targets(Rule=name, Targets=numbered, **where)["FailedEntryCount"], 0)


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.calls.append((self.path, headers, json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def webhook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.calls = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def eventually(look, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("did not happen in time")


@case("buses, rules, targets and tags answer as AWS does")
def resources():
    bus = events.create_event_bus(Name="orders", Description="of orders")
    equal(bus["EventBusArn"], arn("events", "event-bus/orders"))
    with refused("ResourceAlreadyExistsException", "Event bus orders already exists.", 400):
        events.create_event_bus(Name="orders")
    made = events.put_rule(
        Name="first",
        EventBusName="orders",
        EventPattern='{"source": ["my.app"]}',
        Tags=[{"Key": "a", "Value": "b"}],
    )
    equal(made["RuleArn"], arn("events", "rule/orders/first"))
    shown = events.describe_rule(Name="first", EventBusName="orders")
    equal(shown["State"], "ENABLED")
    equal(shown["CreatedBy"], ACCOUNT)
    tags = events.list_tags_for_resource(ResourceARN=made["RuleArn"])["Tags"]
    equal(tags, [{"Key": "a", "Value": "b"}])
    with refused("ResourceNotFoundException", "Rule none does not exist on EventBus orders."):
        events.describe_rule(Name="none", EventBusName="orders")
    for number in range(5):
        events.put_rule(Name=f"page-{number}", ScheduleExpression="rate(1 day)")
    first = events.list_rules(NamePrefix="page-", Limit=3)
    rest = events.list_rules(NamePrefix="page-", Limit=3, NextToken=first["NextToken"])
    equal(len(first["Rules"]) + len(rest["Rules"]), 5)
    assert "NextToken" not in rest
    with refused("ValidationException", "Parameter ScheduleExpression is not valid."):
        events.put_rule(Name="bad", ScheduleExpression="cron(0 1 * * * *)")
    reason = 'Event pattern is not valid. Reason: "source" must be an object or an array'
    with refused("InvalidEventPatternException", reason, 400):
        events.put_rule(Name="bad", EventPattern='{"source": "x"}')


@case("patterns are tried out")
def patterns():
    event = {
        "id": "1",
        "account": ACCOUNT,
        "source": "my.app",
        "time": "2026-01-01T00:00:00Z",
        "region": REGION,
        "detail-type": "order",
        "resources": [],
        "detail": {"state": "running", "size": 12, "ip": "10.0.0.7", "path": "a/b.png"},
    }
    for pattern, expected in [
        ({"detail": {"state": [{"prefix": "run"}]}}, True),
        ({"detail": {"state": [{"anything-but": ["running", "idle"]}]}}, False),
        ({"detail": {"size": [{"numeric": [">", 10, "<=", 12]}]}}, True),
        ({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}, True),
        ({"detail": {"path": [{"wildcard": "a/*.png"}]}}, True),
        ({"detail": {"gone": [{"exists": False}]}}, True),
        ({"detail": {"$or": [{"size": [1]}, {"state": ["running"]}]}}, True),
        ({"detail": {"state": [{"equals-ignore-case": "RUNNING"}]}}, True),
    ]:
        answer = events.test_event_pattern(
            EventPattern=json.dumps(pattern), Event=json.dumps(event)
        )
        equal(answer["Result"], expected)


@case("an audited call reaches a function, a topic, a queue, a log group and a webhook")
def everywhere():
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        source = "exports.handler = async (event) => console.log('got ' + event.detail.eventID)"
        archive.writestr("index.js", source)
    function = client("lambda").create_function(
        FunctionName="auditor",
        Runtime="nodejs22.x",
        Handler="index.handler",
        Role=role("auditor", "lambda.amazonaws.com", "logs:*"),
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    client("lambda").get_waiter("function_active_v2").wait(FunctionName="auditor")
    client("lambda").add_permission(
        FunctionName="auditor",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal=SERVICE,
        SourceArn=arn("events", "rule/audit"),
    )
    sns = client("sns")
    topic = sns.create_topic(Name="audit")["TopicArn"]
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=allow({"Service": SERVICE}, "sns:Publish", topic),
    )
    news_url, news_arn = queue("audit-news")
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=news_arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    logs = client("logs")
    logs.create_log_group(logGroupName="/aws/events/audit")
    group = arn("logs", "log-group:/aws/events/audit")
    logs.put_resource_policy(
        policyName="events",
        policyDocument=allow(
            {"Service": SERVICE}, ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*"
        ),
    )
    server, url = webhook()
    connection = events.create_connection(
        Name="audit",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}},
    )
    destination = events.create_api_destination(
        Name="audit",
        ConnectionArn=connection["ConnectionArn"],
        InvocationEndpoint=f"{url}/hook",
        HttpMethod="POST",
    )
    queue_url, queue_arn = queue("audit")
    rule(
        "audit",
        {
            "source": ["aws.kms"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {"eventName": ["DisableKey"]},
        },
        {"Arn": function},
        {"Arn": topic},
        {"Arn": queue_arn},
        {"Arn": group},
        {
            "Arn": destination["ApiDestinationArn"],
            "RoleArn": role("webhooks", SERVICE, "events:InvokeApiDestination"),
        },
    )
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    event = json.loads(bodies(queue_url, 1)[0]["Body"])
    equal(event["source"], "aws.kms")
    equal(event["detail"]["requestParameters"], {"keyId": key})
    equal(event["account"], ACCOUNT)
    equal(json.loads(bodies(news_url, 1)[0]["Body"]), event)
    path, headers, body = eventually(lambda: server.calls and server.calls[0])
    equal((path, headers["x-key"], body), ("/hook", "secret", event))
    entries = eventually(
        lambda: logs.filter_log_events(logGroupName="/aws/events/audit")["events"]
    )
    equal(json.loads(entries[0]["message"]), event)

    def said():
        try:
            found = logs.filter_log_events(
                logGroupName="/aws/lambda/auditor", filterPattern='"got"'
            )
        except logs.exceptions.ResourceNotFoundException:
            return []
        return found["events"]

    assert event["detail"]["eventID"] in eventually(said)[0]["message"]
    server.shutdown()


@case("inputs are transformed, and what fails is found in the dead-letter queue")
def transformed():
    url, queue_arn = queue("shaped")
    dead_url, dead_arn = queue("shaped-dead")
    rule(
        "shaped",
        {"detail": {"shaped": [True]}},
        {
            "Arn": queue_arn,
            "InputTransformer": {
                "InputPathsMap": {"n": "$.detail.n"},
                "InputTemplate": '{"n": <n>, "rule": <aws.events.rule-name>}',
            },
        },
        {"Arn": arn("sqs", "missing"), "DeadLetterConfig": {"Arn": dead_arn}},
    )
    event_id = put({"shaped": True, "n": 3})
    equal(bodies(url, 1)[0]["Body"], '{"n": 3, "rule": "shaped"}')
    letter = bodies(dead_url, 1)[0]
    equal(json.loads(letter["Body"])["id"], event_id)
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    equal(attributes["ERROR_CODE"], "NO_RESOURCE")
    equal(attributes["RULE_ARN"], arn("events", "rule/shaped"))
    equal(attributes["TARGET_ARN"], arn("sqs", "missing"))
    with refused("ValidationException", "contains invalid placeholder nowhere."):
        events.put_targets(
            Rule="shaped",
            Targets=[
                {"Id": "x", "Arn": queue_arn, "InputTransformer": {"InputTemplate": '"<nowhere>"'}}
            ],
        )


@case("events are archived on a bus that another forwards to, and replayed")
def archived():
    events.create_event_bus(Name="kept")
    bus = arn("events", "event-bus/kept")
    forwarder = role("forwarder", SERVICE, "events:PutEvents")
    rule("forward", {"detail": {"keep": [True]}}, {"Arn": bus, "RoleArn": forwarder})
    archive = events.create_archive(ArchiveName="kept", EventSourceArn=bus)["ArchiveArn"]
    url, queue_arn = queue("kept")
    rule("kept", {"source": ["my.app"]}, {"Arn": queue_arn}, EventBusName="kept")
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
    ids = {put({"keep": True, "n": number}) for number in range(3)}
    equal({json.loads(message["Body"])["id"] for message in bodies(url, 3)}, ids)
    equal(events.describe_archive(ArchiveName="kept")["EventCount"], 3)
    events.start_replay(
        ReplayName="kept",
        EventSourceArn=archive,
        EventStartTime=start,
        EventEndTime=start + datetime.timedelta(minutes=10),
        Destination={"Arn": bus},
    )
    again = [json.loads(message["Body"]) for message in bodies(url, 3)]
    equal({event["id"] for event in again}, ids)
    equal({event["replay-name"] for event in again}, {"kept"})
    state = eventually(
        lambda: events.describe_replay(ReplayName="kept")["State"] == "COMPLETED" and "COMPLETED"
    )
    equal(state, "COMPLETED")


run()
