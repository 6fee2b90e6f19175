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

variable "oidc_thumbprints" {
  type    = list(string)
  default = ["0123456789abcdef0123456789abcdef01234567"]
}

locals {
  later = var.stage != "first"
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_iam_policy" "read_only" {
  arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

data "aws_iam_policy" "by_name" {
  name = "AWSLambdaBasicExecutionRole"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com", "lambda.amazonaws.com"]
    }
  }

  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.ada.arn, data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.stage]
    }
  }

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.ci.arn]
    }
  }
}

data "aws_iam_policy_document" "work" {
  statement {
    sid       = "Keys"
    actions   = local.later ? ["kms:Encrypt", "kms:Decrypt"] : ["kms:Encrypt"]
    resources = ["arn:${data.aws_partition.current.partition}:kms:*:${data.aws_caller_identity.current.account_id}:key/*"]
  }

  statement {
    sid       = "Own"
    effect    = "Deny"
    actions   = ["iam:*"]
    resources = ["*"]

    condition {
      test     = "StringNotLike"
      variable = "aws:PrincipalTag/team"
      values   = ["red", "blue"]
    }
  }
}

resource "aws_iam_user" "ada" {
  name                 = "ada"
  path                 = "/people/"
  permissions_boundary = aws_iam_policy.boundary.arn
  force_destroy        = true

  tags = {
    team  = "red"
    stage = var.stage
  }
}

resource "aws_iam_user" "bob" {
  name = "bob"
}

resource "aws_iam_user" "carol" {
  name = local.later ? "caroline" : "carol"
  path = local.later ? "/people/later/" : "/people/"
}

resource "aws_iam_group" "engineers" {
  name = "engineers"
  path = local.later ? "/teams/" : "/"
}

resource "aws_iam_group_membership" "engineers" {
  name  = "engineers"
  group = aws_iam_group.engineers.name
  users = local.later ? [aws_iam_user.ada.name] : [aws_iam_user.ada.name, aws_iam_user.bob.name]
}

resource "aws_iam_user_group_membership" "bob" {
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.operators.name]
}

resource "aws_iam_group" "operators" {
  name = "operators"
}

resource "aws_iam_group_policy" "engineers" {
  name   = "work"
  group  = aws_iam_group.engineers.name
  policy = data.aws_iam_policy_document.work.json
}

resource "aws_iam_group_policy_attachment" "engineers" {
  group      = aws_iam_group.engineers.name
  policy_arn = data.aws_iam_policy.read_only.arn
}

resource "aws_iam_policy" "work" {
  name        = "work"
  path        = "/teams/"
  description = "what the team does"
  policy      = data.aws_iam_policy_document.work.json

  tags = {
    stage = var.stage
  }
}

resource "aws_iam_policy" "boundary" {
  name_prefix = "boundary-"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_iam_user_policy" "ada" {
  name_prefix = "own-"
  user        = aws_iam_user.ada.name
  policy      = data.aws_iam_policy_document.work.json
}

resource "aws_iam_user_policy_attachment" "ada" {
  user       = aws_iam_user.ada.name
  policy_arn = aws_iam_policy.work.arn
}

resource "aws_iam_role" "service" {
  name                  = "service"
  path                  = "/service/"
  description           = "what it is: ${var.stage}"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = local.later ? 7200 : 3600
  permissions_boundary  = aws_iam_policy.boundary.arn
  force_detach_policies = true

  tags = {
    stage = var.stage
  }
}

resource "aws_iam_role_policy" "service" {
  name   = "inline"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.work.json
}

resource "aws_iam_role_policy_attachment" "service" {
  role       = aws_iam_role.service.name
  policy_arn = data.aws_iam_policy.by_name.arn
}

resource "aws_iam_role" "exclusive" {
  name               = "exclusive"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "exclusive" {
  role       = aws_iam_role.exclusive.name
  policy_arn = aws_iam_policy.work.arn
}

resource "aws_iam_role_policy_attachments_exclusive" "exclusive" {
  role_name   = aws_iam_role.exclusive.name
  policy_arns = [aws_iam_role_policy_attachment.exclusive.policy_arn]
}

resource "aws_iam_role_policies_exclusive" "exclusive" {
  role_name    = aws_iam_role.exclusive.name
  policy_names = []
}

resource "aws_iam_policy_attachment" "everywhere" {
  name       = "everywhere"
  users      = [aws_iam_user.bob.name]
  roles      = [aws_iam_role.service.name]
  groups     = [aws_iam_group.operators.name]
  policy_arn = aws_iam_policy.everywhere.arn
}

resource "aws_iam_policy" "everywhere" {
  name   = "everywhere"
  policy = data.aws_iam_policy_document.work.json
}

resource "aws_iam_instance_profile" "service" {
  name = "service"
  role = local.later ? aws_iam_role.exclusive.name : aws_iam_role.service.name

  tags = {
    stage = var.stage
  }
}

resource "aws_iam_access_key" "ada" {
  user   = aws_iam_user.ada.name
  status = local.later ? "Inactive" : "Active"
}

resource "aws_iam_user_login_profile" "ada" {
  user                    = aws_iam_user.ada.name
  password_length         = 24
  password_reset_required = true

  depends_on = [aws_iam_account_password_policy.strict]
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://tokens.ci.example.com"
  client_id_list  = local.later ? ["sts.amazonaws.com", "second"] : ["sts.amazonaws.com"]
  thumbprint_list = var.oidc_thumbprints

  tags = {
    stage = var.stage
  }
}

resource "aws_iam_account_alias" "alias" {
  account_alias = "bartizan-${var.stage}"
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = local.later ? 16 : 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 5
}

resource "aws_iam_service_linked_role" "beanstalk" {
  aws_service_name = "elasticbeanstalk.amazonaws.com"
  description      = var.stage

  tags = {
    stage = var.stage
  }
}

resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "phone"

  tags = {
    stage = var.stage
  }
}

data "aws_iam_role" "service" {
  name = aws_iam_role.service.name
}

data "aws_iam_roles" "service" {
  path_prefix = "/service/"

  depends_on = [aws_iam_role.service]
}

data "aws_iam_user" "ada" {
  user_name = aws_iam_user.ada.name
}

data "aws_iam_users" "people" {
  path_prefix = "/people/"

  depends_on = [aws_iam_user.ada, aws_iam_user.carol]
}

data "aws_iam_group" "engineers" {
  group_name = aws_iam_group_membership.engineers.group
}

data "aws_iam_access_keys" "ada" {
  user = aws_iam_access_key.ada.user
}

data "aws_iam_account_alias" "alias" {
  depends_on = [aws_iam_account_alias.alias]
}

data "aws_iam_instance_profile" "service" {
  name = aws_iam_instance_profile.service.name
}

data "aws_iam_openid_connect_provider" "ci" {
  arn = aws_iam_openid_connect_provider.ci.arn
}

data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

data "aws_iam_principal_policy_simulation" "ada" {
  policy_source_arn = aws_iam_user.ada.arn
  action_names      = ["kms:Encrypt"]
  resource_arns     = ["arn:aws:kms:us-east-1:${data.aws_caller_identity.current.account_id}:key/1"]

  depends_on = [aws_iam_user_policy_attachment.ada, aws_iam_user_policy.ada]
}

output "account" {
  value = data.aws_caller_identity.current.account_id
}

output "role" {
  value = data.aws_iam_role.service.arn
}

output "roles" {
  value = data.aws_iam_roles.service.names
}

output "users" {
  value = data.aws_iam_users.people.names
}

output "members" {
  value = [for user in data.aws_iam_group.engineers.users : user.user_name]
}

output "account_alias" {
  value = data.aws_iam_account_alias.alias.account_alias
}

output "simulation_allowed" {
  value = data.aws_iam_principal_policy_simulation.ada.all_allowed
}

output "service_linked_role" {
  value = aws_iam_service_linked_role.beanstalk.arn
}

output "read_only_name" {
  value = data.aws_iam_policy.read_only.name
}
