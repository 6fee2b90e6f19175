"""Log groups, streams, events, filters and policies of CloudWatch Logs."""

import json
import time

from cases import ACCOUNT, REGION, case, client, equal, refused, run

logs = client("logs")
GROUP = "/boto3/logs"
ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"

logs.create_log_group(logGroupName=GROUP, tags={"team": "red"})
logs.create_log_stream(logGroupName=GROUP, logStreamName="one")


@case("a group is described with its ARNs")
def group():
    found = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]
    equal(found["arn"], f"{ARN}:*")
    equal(found["logGroupArn"], ARN)
    equal(found["logGroupClass"], "STANDARD")
    equal(logs.list_tags_for_resource(resourceArn=ARN)["tags"], {"team": "red"})
    equal(logs.list_tags_log_group(logGroupName=GROUP)["tags"], {"team": "red"})
    with refused("ResourceAlreadyExistsException", "The specified log group already exists", 400):
        logs.create_log_group(logGroupName=GROUP)


@case("events are read by token until the token stays the same")
def tokens():
    now = int(time.time() * 1000)
    events = [{"timestamp": now + number, "message": f"event {number}"} for number in range(25)]
    logs.put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=events)
    seen = []
    arguments = {"logGroupName": GROUP, "logStreamName": "one", "limit": 10}
    page = logs.get_log_events(startFromHead=True, **arguments)
    while True:
        seen += [event["message"] for event in page["events"]]
        following = logs.get_log_events(nextToken=page["nextForwardToken"], **arguments)
        if following["nextForwardToken"] == page["nextForwardToken"]:
            break
        page = following
    equal(seen, [f"event {number}" for number in range(25)])
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, filterPattern='"event 2"', PaginationConfig={"PageSize": 2}
    )
    found = [event["message"] for page in pages for event in page["events"]]
    equal(found, ["event 2", "event 20", "event 21", "event 22", "event 23", "event 24"])


@case("events out of order are refused")
def order():
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}]
    with refused("InvalidParameterException", "must be in chronological order", 400):
        logs.put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=events)


@case("retention, metric filters and resource policies are kept as they were put")
def settings():
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=14)
    found = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]
    equal(found["retentionInDays"], 14)
    transformation = {"metricName": "E", "metricNamespace": "N", "metricValue": "$.ms"}
    logs.put_metric_filter(
        logGroupName=GROUP,
        filterName="f",
        filterPattern="{ $.ms = * }",
        metricTransformations=[transformation],
    )
    kept = logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"][0]
    equal(kept["metricTransformations"], [transformation])
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{ARN}:*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs.put_resource_policy(policyName="boto3", policyDocument=document)
    policies = logs.describe_resource_policies()["resourcePolicies"]
    equal([each["policyDocument"] for each in policies if each["policyName"] == "boto3"], [document])
    logs.delete_resource_policy(policyName="boto3")


@case("a pattern is tried on messages")
def patterns():
    answer = logs.test_metric_filter(
        filterPattern="[..., size > 1000]",
        logEventMessages=["GET /a 200 1534", "GET /b 200 20"],
    )
    equal(len(answer["matches"]), 1)
    equal(answer["matches"][0]["extractedValues"]["$size"], "1534")
    with refused("InvalidParameterException", "Invalid filter pattern", 400):
        logs.test_metric_filter(filterPattern="{ $.a }", logEventMessages=["x"])


run()
