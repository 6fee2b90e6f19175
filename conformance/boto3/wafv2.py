"""WAFv2: web ACLs, groups and sets with lock tokens, references, capacity, keys and what is refused."""

from cases import ACCOUNT, REGION, case, client, equal, refused, run

waf = client("wafv2")
VISIBLE = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "boto3"}
ARN = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional"


def rule(name, statement, priority=0, **parts):
    action = {} if "OverrideAction" in parts else {"Action": {"Block": {}}}
    return {"Name": name, "Priority": priority, "Statement": statement, "VisibilityConfig": VISIBLE, **action, **parts}


def web_acl(name, *rules):
    made = waf.create_web_acl(Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE, Rules=list(rules))
    return made["Summary"]


def naming(summary):
    return {"Name": summary["Name"], "Scope": "REGIONAL", "Id": summary["Id"]}


@case("a web ACL goes from lock token to lock token")
def lock_tokens():
    path = {
        "SearchString": b"/admin",
        "FieldToMatch": {"UriPath": {}},
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
        "PositionalConstraint": "STARTS_WITH",
    }
    summary = web_acl("boto3-locks", rule("admin", {"ByteMatchStatement": path}))
    equal(summary["ARN"], f"{ARN}/webacl/boto3-locks/{summary['Id']}")
    shown = waf.get_web_acl(**naming(summary))
    equal(shown["WebACL"]["Rules"][0]["Statement"]["ByteMatchStatement"]["SearchString"], b"/admin")
    equal(shown["WebACL"]["Capacity"], 2)
    equal(shown["WebACL"]["LabelNamespace"], f"awswaf:{ACCOUNT}:webacl:boto3-locks:")
    change = {**naming(summary), "DefaultAction": {"Block": {}}, "VisibilityConfig": VISIBLE}
    next_token = waf.update_web_acl(**change, LockToken=shown["LockToken"])["NextLockToken"]
    with refused("WAFOptimisticLockException", None, 400):
        waf.update_web_acl(**change, LockToken=shown["LockToken"])
    waf.delete_web_acl(**naming(summary), LockToken=next_token)
    with refused("WAFNonexistentItemException", None, 400):
        waf.get_web_acl(**naming(summary))


@case("an IP set that a web ACL uses is not removed")
def references():
    made = waf.create_ip_set(Name="boto3-set", Scope="REGIONAL", IPAddressVersion="IPV6", Addresses=["2001:db8::/32"])["Summary"]
    summary = web_acl("boto3-user", rule("set", {"IPSetReferenceStatement": {"ARN": made["ARN"]}}))
    with refused("WAFAssociatedItemException", None, 400):
        waf.delete_ip_set(**naming(made), LockToken=made["LockToken"])
    waf.delete_web_acl(**naming(summary), LockToken=summary["LockToken"])
    waf.delete_ip_set(**naming(made), LockToken=made["LockToken"])


@case("what is not valid is refused with field and parameter")
def invalid():
    message = "Error reason: The parameter contains formatting that is not valid., field: IP_ADDRESS, parameter: 0.0.0.0/0"
    with refused("WAFInvalidParameterException", message, 400):
        waf.create_ip_set(Name="boto3-all", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["0.0.0.0/0"])
    web_acl("boto3-twice")
    with refused("WAFDuplicateItemException", None, 400):
        web_acl("boto3-twice")
    vendor = {"ManagedRuleGroupStatement": {"VendorName": "Nobody", "Name": "Rules"}}
    with refused("WAFSubscriptionNotFoundException", None, 400):
        web_acl("boto3-vendor", rule("vendor", vendor, OverrideAction={"None": {}}))
    try:
        waf.put_logging_configuration(
            LoggingConfiguration={
                "ResourceArn": web_acl("boto3-log")["ARN"],
                "LogDestinationConfigs": [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:elsewhere"],
            }
        )
        raise AssertionError("a log group of another name was taken")
    except waf.exceptions.WAFInvalidParameterException as error:
        equal((error.response["Field"], error.response["Reason"].split(".")[0]), ("LOG_DESTINATION", "The ARN isn't valid"))


@case("capacity is that of the managed groups and statements")
def capacity():
    managed = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesSQLiRuleSet"}}
    geo = {"GeoMatchStatement": {"CountryCodes": ["DE"]}}
    rate = {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP", "ScopeDownStatement": geo}}
    rules = [rule("sqli", managed, OverrideAction={"None": {}}), rule("rate", rate, 1)]
    equal(waf.check_capacity(Scope="REGIONAL", Rules=rules)["Capacity"], 203)
    listed = waf.list_available_managed_rule_groups(Scope="REGIONAL")["ManagedRuleGroups"]
    assert {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"} <= {each["Name"] for each in listed}


@case("tags and API keys are kept")
def tags():
    arn = web_acl("boto3-tags")["ARN"]
    waf.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    waf.untag_resource(ResourceARN=arn, TagKeys=["a"])
    info = waf.list_tags_for_resource(ResourceARN=arn)["TagInfoForResource"]
    equal(info, {"ResourceARN": arn, "TagList": [{"Key": "b", "Value": "2"}]})
    key = waf.create_api_key(Scope="REGIONAL", TokenDomains=["example.com"])["APIKey"]
    equal(waf.get_decrypted_api_key(Scope="REGIONAL", APIKey=key)["TokenDomains"], ["example.com"])
    waf.delete_api_key(Scope="REGIONAL", APIKey=key)


run()
