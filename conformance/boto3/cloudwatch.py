"""Metrics, metric math, alarms and dashboards of CloudWatch."""

import datetime
import json

from cases import ACCOUNT, REGION, case, client, equal, refused, run

cloudwatch = client("cloudwatch")
NOW = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
RANGE = {"StartTime": NOW - datetime.timedelta(minutes=10), "EndTime": NOW + datetime.timedelta(minutes=2)}


@case("values are summed up by period, with percentiles")
def statistics():
    dimensions = [{"Name": "Host", "Value": "a"}]
    cloudwatch.put_metric_data(
        Namespace="Boto3",
        MetricData=[
            {
                "MetricName": "Latency",
                "Dimensions": dimensions,
                "Timestamp": NOW,
                "Values": [1.0, 2.0, 3.0],
                "Counts": [1.0, 2.0, 1.0],
                "Unit": "Milliseconds",
            }
        ],
    )
    answer = cloudwatch.get_metric_statistics(
        Namespace="Boto3",
        MetricName="Latency",
        Dimensions=dimensions,
        Period=60,
        Statistics=["Sum", "SampleCount", "Maximum"],
        ExtendedStatistics=["p50"],
        **RANGE,
    )
    [point] = answer["Datapoints"]
    equal(point["Timestamp"], NOW)
    equal([point["Sum"], point["SampleCount"], point["Maximum"]], [8.0, 4.0, 3.0])
    equal(point["ExtendedStatistics"], {"p50": 2.0})
    equal(point["Unit"], "Milliseconds")
    listed = cloudwatch.list_metrics(Namespace="Boto3")["Metrics"]
    equal(listed, [{"Namespace": "Boto3", "MetricName": "Latency", "Dimensions": dimensions}])


@case("many metrics go compressed in one call")
def compressed():
    data = [{"MetricName": f"metric-number-{number}", "Value": number} for number in range(500)]
    cloudwatch.put_metric_data(Namespace="Boto3Many", MetricData=data)
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="Boto3Many")
    equal(sum(len(page["Metrics"]) for page in pages), 500)


@case("metric math is computed")
def math():
    for name, value in [("Calls", 50), ("Errors", 5)]:
        cloudwatch.put_metric_data(
            Namespace="Boto3Math", MetricData=[{"MetricName": name, "Timestamp": NOW, "Value": value}]
        )
    metric = lambda name: {
        "Id": name.lower(),
        "MetricStat": {
            "Metric": {"Namespace": "Boto3Math", "MetricName": name},
            "Period": 60,
            "Stat": "Sum",
        },
        "ReturnData": False,
    }
    rate = {"Id": "rate", "Expression": "100 * errors / calls", "Label": "Rate"}
    queries = [metric("Calls"), metric("Errors"), rate]
    [result] = cloudwatch.get_metric_data(MetricDataQueries=queries, **RANGE)["MetricDataResults"]
    equal(result["Values"], [10.0])
    equal(result["Label"], "Rate")
    equal(result["StatusCode"], "Complete")


@case("an alarm is put, set, told of and deleted")
def alarms():
    cloudwatch.put_metric_alarm(
        AlarmName="boto3",
        Namespace="Boto3",
        MetricName="Latency",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.5,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="boto3", StateValue="ALARM", StateReason="by hand")
    [alarm] = cloudwatch.describe_alarms(AlarmNames=["boto3"])["MetricAlarms"]
    equal(alarm["AlarmArn"], f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:boto3")
    equal([alarm["StateValue"], alarm["StateReason"]], ["ALARM", "by hand"])
    history = cloudwatch.describe_alarm_history(AlarmName="boto3", HistoryItemType="StateUpdate")
    equal(
        history["AlarmHistoryItems"][0]["HistorySummary"],
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
    )
    cloudwatch.put_composite_alarm(AlarmName="boto3-all", AlarmRule='ALARM("boto3")')
    [composite] = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    equal(composite["StateValue"], "ALARM")
    cloudwatch.delete_alarms(AlarmNames=["boto3", "boto3-all"])
    with refused("ResourceNotFound", ""):
        cloudwatch.delete_alarms(AlarmNames=["boto3"])


@case("what CloudWatch refuses is refused by the codes of old")
def refusals():
    with refused("InvalidParameterValue", "Namespace", 400):
        cloudwatch.put_metric_data(Namespace="AWS/EC2", MetricData=[{"MetricName": "x", "Value": 1}])
    with refused("InvalidParameterCombination", "mutually exclusive", 400):
        datum = {"MetricName": "x", "Value": 1, "Values": [1]}
        cloudwatch.put_metric_data(Namespace="Boto3", MetricData=[datum])
    with refused("ValidationError", "StartTime must not equal", 400):
        query = {"Id": "e", "Expression": "TIME_SERIES(1)"}
        cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=NOW, EndTime=NOW)


@case("a dashboard is kept")
def dashboards():
    body = json.dumps({"widgets": []})
    cloudwatch.put_dashboard(DashboardName="boto3", DashboardBody=body)
    equal(cloudwatch.get_dashboard(DashboardName="boto3")["DashboardBody"], body)
    cloudwatch.delete_dashboards(DashboardNames=["boto3"])
    with refused("ResourceNotFound", "does not exist"):
        cloudwatch.get_dashboard(DashboardName="boto3")


run()
