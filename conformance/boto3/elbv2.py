"""Load balancers by boto3: from their making to a request that reaches its target."""

import http.client
import http.server
import threading

from cases import case, client, equal, refused, run

elb = client("elbv2")
ec2 = client("ec2")


class Target(http.server.BaseHTTPRequestHandler):
    """Answers with the path and the client's address as the load balancer tells it."""

    def do_GET(self):
        body = f"{self.path} {self.headers['X-Forwarded-For']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Tells nothing: what a case prints is read by the test runner."""


def target():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def endpoint(listener):
    tags = elb.describe_tags(ResourceArns=[listener])["TagDescriptions"][0]["Tags"]
    url = next(tag["Value"] for tag in tags if tag["Key"] == "aws:bartizan:endpoint")
    return int(url.rsplit(":", 1)[1])


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@case("a request reaches its target through a new load balancer, until that is deleted")
def through():
    server = target()
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = elb.create_load_balancer(Name="boto3", Subnets=subnets)["LoadBalancers"][0]
    arn = balancer["LoadBalancerArn"]
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn])
    group = elb.create_target_group(
        Name="boto3", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    targets = [{"Id": "127.0.0.1", "Port": server.server_address[1]}]
    elb.register_targets(TargetGroupArn=group, Targets=targets)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    listener = elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=18580, DefaultActions=forward
    )["Listeners"][0]["ListenerArn"]
    port = endpoint(listener)
    equal(get(port, "/a?b=c"), (200, "/a?b=c 127.0.0.1"))
    elb.get_waiter("target_in_service").wait(
        TargetGroupArn=group, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    fixed = {"StatusCode": "410", "ContentType": "text/plain", "MessageBody": "gone"}
    elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/old*"]}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
    )
    equal(get(port, "/old/x"), (410, "gone"))
    with refused("ResourceInUse"):
        elb.delete_target_group(TargetGroupArn=group)
    elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.get_waiter("load_balancers_deleted").wait(LoadBalancerArns=[arn])
    elb.delete_target_group(TargetGroupArn=group)
    server.shutdown()


@case("names, ports and priorities that are taken are refused by AWS's codes")
def taken():
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    arn = elb.create_load_balancer(Name="refused", Subnets=subnets)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    with refused("DuplicateLoadBalancerName"):
        elb.create_load_balancer(Name="refused", Subnets=subnets, Scheme="internal")
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    listener = {"LoadBalancerArn": arn, "Port": 18581, "DefaultActions": fixed}
    made = elb.create_listener(**listener, Protocol="HTTP")["Listeners"][0]["ListenerArn"]
    with refused("DuplicateListener"):
        elb.create_listener(**listener, Protocol="HTTP")
    with refused("ValidationError"):
        elb.create_listener(**{**listener, "Port": 18582}, Protocol="HTTPS")
    rule = {
        "ListenerArn": made,
        "Priority": 3,
        "Conditions": [{"Field": "host-header", "Values": ["a.example"]}],
        "Actions": fixed,
    }
    elb.create_rule(**rule)
    with refused("PriorityInUse"):
        elb.create_rule(**rule)
    with refused("LoadBalancerNotFound"):
        elb.describe_load_balancers(Names=["nothing"])
    elb.delete_load_balancer(LoadBalancerArn=arn)


run()
