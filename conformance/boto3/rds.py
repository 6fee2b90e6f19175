"""RDS: instances that clients reach, groups, parameters, snapshots, tags, refusals."""

import socket
import ssl
import struct
import urllib.request

from botocore.waiter import WaiterModel, create_waiter_with_client
from cases import ACCOUNT, REGION, case, client, equal, refused, run

rds = client("rds")
PLAIN = {
    "DBInstanceClass": "db.t3.micro",
    "AllocatedStorage": 20,
    "MasterUsername": "chief",
    "MasterUserPassword": "Correct-horse1",
}


def version(engine):
    return rds.describe_db_engine_versions(Engine=engine, DefaultOnly=True)["DBEngineVersions"][0]


def instance(name):
    waiter = rds.get_waiter("db_instance_available")
    waiter.config.delay = 1
    waiter.config.max_attempts = 120
    waiter.wait(DBInstanceIdentifier=name)
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def stopped(name):
    """Boto3 has no waiter of its own for this."""
    status = {"matcher": "pathAll", "argument": "DBInstances[].DBInstanceStatus", "expected": "stopped", "state": "success"}
    waiting = {"operation": "DescribeDBInstances", "delay": 1, "maxAttempts": 60, "acceptors": [status]}
    model = WaiterModel({"version": 2, "waiters": {"Stopped": waiting}})
    create_waiter_with_client("Stopped", model, rds).wait(DBInstanceIdentifier=name)


def tls(endpoint):
    """The certificate's holder after a PostgreSQL SSLRequest, with chain and host name checked."""
    bundle = urllib.request.urlopen(f"{rds.meta.endpoint_url}/{REGION}/{REGION}-bundle.pem").read().decode()
    context = ssl.create_default_context(cadata=bundle)
    with socket.create_connection((endpoint["Address"], endpoint["Port"])) as plain:
        plain.sendall(struct.pack("!ii", 8, 80877103))
        equal(plain.recv(1), b"S")
        with context.wrap_socket(plain, server_hostname=endpoint["Address"]) as secure:
            return secure.version()


@case("an instance is created, reached over TLS, changed, stopped, started, snapshotted and deleted")
def life():
    offered = version("postgres")
    made = rds.create_db_instance(
        DBInstanceIdentifier="Boto-Orders",
        Engine="postgres",
        EngineVersion=offered["MajorEngineVersion"],
        DBName="shop",
        Tags=[{"Key": "a", "Value": "1"}],
        **PLAIN,
    )["DBInstance"]
    equal(made["DBInstanceStatus"], "creating")
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:boto-orders"
    equal(made["DBInstanceArn"], arn)
    assert "Endpoint" not in made
    with refused("DBInstanceAlreadyExists", "DB instance already exists", 400):
        rds.create_db_instance(DBInstanceIdentifier="boto-orders", Engine="postgres", **PLAIN)
    there = instance("boto-orders")
    equal(there["EngineVersion"], offered["EngineVersion"])
    equal(there["DBParameterGroups"][0]["DBParameterGroupName"], f"default.{offered['DBParameterGroupFamily']}")
    equal(tls(there["Endpoint"]), "TLSv1.3")
    rds.modify_db_instance(DBInstanceIdentifier="boto-orders", AllocatedStorage=30)
    waiting = instance("boto-orders")
    equal(waiting["PendingModifiedValues"], {"AllocatedStorage": 30})
    equal(waiting["AllocatedStorage"], 20)
    rds.modify_db_instance(DBInstanceIdentifier="boto-orders", AllocatedStorage=40, ApplyImmediately=True)
    equal(instance("boto-orders")["AllocatedStorage"], 40)
    rds.stop_db_instance(DBInstanceIdentifier="boto-orders")
    stopped("boto-orders")
    rds.start_db_instance(DBInstanceIdentifier="boto-orders")
    there = instance("boto-orders")
    rds.create_db_snapshot(DBInstanceIdentifier="boto-orders", DBSnapshotIdentifier="boto-snap")
    done = rds.get_waiter("db_snapshot_available")
    done.wait(DBSnapshotIdentifier="boto-snap", WaiterConfig={"Delay": 1})
    with refused("DBSnapshotAlreadyExists"):
        rds.create_db_snapshot(DBInstanceIdentifier="boto-orders", DBSnapshotIdentifier="boto-snap")
    messages = rds.describe_events(SourceType="db-instance", SourceIdentifier="boto-orders")["Events"]
    assert "DB instance created" in [event["Message"] for event in messages], messages
    rds.delete_db_instance(DBInstanceIdentifier="boto-orders", SkipFinalSnapshot=True)
    gone = rds.get_waiter("db_instance_deleted")
    gone.wait(DBInstanceIdentifier="boto-orders", WaiterConfig={"Delay": 1})
    with refused("DBInstanceNotFound", "DBInstance boto-orders not found.", 404):
        rds.describe_db_instances(DBInstanceIdentifier="boto-orders")
    rds.delete_db_snapshot(DBSnapshotIdentifier="boto-snap")
    with refused("DBSnapshotNotFound", status=404):
        rds.describe_db_snapshots(DBSnapshotIdentifier="boto-snap")


@case("parameter groups list the engine's own parameters and refuse what it would not take")
def parameters():
    family = version("postgres")["DBParameterGroupFamily"]
    rds.create_db_parameter_group(
        DBParameterGroupName="boto-group", DBParameterGroupFamily=family, Description="of boto3"
    )
    pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="boto-group")
    found = {each["ParameterName"]: each for page in pages for each in page["Parameters"]}
    assert len(found) > 300, len(found)
    equal(found["max_connections"]["ApplyType"], "static")
    equal(found["rds.force_ssl"]["Source"], "system")
    change = {"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName="boto-group", Parameters=[change])
    user = rds.describe_db_parameters(DBParameterGroupName="boto-group", Source="user")["Parameters"]
    equal([(each["ParameterName"], each["ParameterValue"]) for each in user], [("work_mem", "8192")])
    for name, value, method, code in [
        ("no_such", "1", "immediate", "InvalidParameterValue"),
        ("work_mem", "much", "immediate", "InvalidParameterValue"),
        ("archive_command", "id", "immediate", "InvalidParameterValue"),
        ("max_connections", "50", "immediate", "InvalidParameterCombination"),
    ]:
        with refused(code):
            change = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
            rds.modify_db_parameter_group(DBParameterGroupName="boto-group", Parameters=[change])
    rds.reset_db_parameter_group(DBParameterGroupName="boto-group", ResetAllParameters=True)
    equal(rds.describe_db_parameters(DBParameterGroupName="boto-group", Source="user")["Parameters"], [])
    with refused("InvalidDBParameterGroupState"):
        rds.delete_db_parameter_group(DBParameterGroupName=f"default.{family}")
    rds.delete_db_parameter_group(DBParameterGroupName="boto-group")
    with refused("DBParameterGroupNotFound", "boto-group", 404):
        rds.describe_db_parameter_groups(DBParameterGroupName="boto-group")


@case("subnet and option groups are made, changed, tagged and deleted")
def groups():
    made = rds.create_db_subnet_group(
        DBSubnetGroupName="Boto-Subnets",
        DBSubnetGroupDescription="of boto3",
        SubnetIds=["subnet-1", "subnet-2"],
        Tags=[{"Key": "a", "Value": "1"}],
    )["DBSubnetGroup"]
    equal(made["DBSubnetGroupName"], "boto-subnets")
    equal([each["SubnetIdentifier"] for each in made["Subnets"]], ["subnet-1", "subnet-2"])
    arn = made["DBSubnetGroupArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "b", "Value": "2"}])
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
    equal(rds.list_tags_for_resource(ResourceName=arn)["TagList"], [{"Key": "b", "Value": "2"}])
    with refused("DBSubnetGroupAlreadyExists"):
        rds.create_db_subnet_group(
            DBSubnetGroupName="boto-subnets", DBSubnetGroupDescription="again", SubnetIds=["subnet-1"]
        )
    rds.delete_db_subnet_group(DBSubnetGroupName="boto-subnets")
    with refused("DBSubnetGroupNotFoundFault", "does not exist", 404):
        rds.describe_db_subnet_groups(DBSubnetGroupName="boto-subnets")
    offered = version("postgres")
    rds.create_option_group(
        OptionGroupName="boto-options",
        EngineName="postgres",
        MajorEngineVersion=offered["MajorEngineVersion"],
        OptionGroupDescription="of boto3",
    )
    names = [each["OptionGroupName"] for each in rds.describe_option_groups()["OptionGroupsList"]]
    assert "boto-options" in names, names
    assert f"default:postgres-{offered['MajorEngineVersion']}" in names, names
    rds.delete_option_group(OptionGroupName="boto-options")


@case("engine versions, classes, certificates and quotas are those of this installation")
def catalogue():
    versions = rds.describe_db_engine_versions()["DBEngineVersions"]
    assert {each["Engine"] for each in versions} >= {"postgres", "aurora-postgresql"}, versions
    options = rds.describe_orderable_db_instance_options(Engine="postgres", DBInstanceClass="db.t3.micro")
    assert options["OrderableDBInstanceOptions"]
    equal(rds.describe_certificates()["Certificates"][0]["CertificateIdentifier"], "rds-ca-rsa2048-g1")
    quotas = rds.describe_account_attributes()["AccountQuotas"]
    assert "DBInstances" in [each["AccountQuotaName"] for each in quotas], quotas
    with refused("InvalidParameterCombination", "Cannot find version 9.1"):
        rds.create_db_instance(DBInstanceIdentifier="old", Engine="postgres", EngineVersion="9.1", **PLAIN)
    with refused("InvalidParameterValue", "MaxRecords"):
        rds.describe_db_instances(MaxRecords=5)


run()
