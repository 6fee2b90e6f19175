terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "stage" {
  type    = string
  default = "first"
}

resource "aws_organizations_organization" "main" {
  feature_set                   = "ALL"
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"]
  aws_service_access_principals = ["guardduty.amazonaws.com"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = "workloads-${var.stage}"
  parent_id = aws_organizations_organization.main.roots[0].id
  tags      = { stage = var.stage }
}

resource "aws_organizations_account" "member" {
  name      = "member"
  email     = "terraform-member@example.com"
  parent_id = aws_organizations_organizational_unit.workloads.id
  role_name = "Administration"
  tags      = { stage = var.stage }

  lifecycle {
    ignore_changes = [role_name]
  }
}

resource "aws_organizations_policy" "guard" {
  name        = "guard"
  description = "${var.stage} guard"
  type        = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "organizations:LeaveOrganization", Resource = "*" }]
  })
  depends_on = [aws_organizations_organization.main]
}

resource "aws_organizations_policy" "tags" {
  name       = "tags"
  type       = "TAG_POLICY"
  content    = jsonencode({ tags = { team = { tag_key = { "@@assign" = "Team" } } } })
  depends_on = [aws_organizations_organization.main]
}

resource "aws_organizations_policy_attachment" "guard" {
  policy_id = aws_organizations_policy.guard.id
  target_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_policy_attachment" "tags" {
  policy_id = aws_organizations_policy.tags.id
  target_id = aws_organizations_account.member.id
}

resource "aws_organizations_delegated_administrator" "guardduty" {
  account_id        = aws_organizations_account.member.id
  service_principal = "guardduty.amazonaws.com"
  depends_on        = [aws_organizations_organization.main]
}

data "aws_organizations_organization" "found" {
  depends_on = [aws_organizations_account.member]
}

resource "aws_cloudformation_stack" "key" {
  name         = "terraform-key"
  capabilities = ["CAPABILITY_NAMED_IAM"]
  parameters   = { Purpose = var.stage }
  tags         = { stage = var.stage }
  template_body = jsonencode({
    Parameters = { Purpose = { Type = "String" } }
    Resources = {
      Key  = { Type = "AWS::KMS::Key", Properties = { Description = { Ref = "Purpose" } } }
      User = { Type = "AWS::IAM::User", Properties = { UserName = "terraform-stack-user" } }
    }
    Outputs = { KeyId = { Value = { Ref = "Key" } } }
  })
}

data "aws_kms_key" "made" {
  key_id = aws_cloudformation_stack.key.outputs["KeyId"]
}

output "accounts" {
  value = length(data.aws_organizations_organization.found.accounts)
}

output "description" {
  value = data.aws_kms_key.made.description
}
