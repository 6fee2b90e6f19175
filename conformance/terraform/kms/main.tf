terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.replica]
    }
  }
}

variable "description" {
  type    = string
  default = "first"
}

variable "rotation_days" {
  type    = number
  default = 365
}

variable "enabled" {
  type    = bool
  default = true
}

variable "key_material" {
  type      = string
  sensitive = true
}

variable "valid_to" {
  type = string
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Owner"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  statement {
    sid       = "Use"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.user.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:team"
      values   = ["red", "blue"]
    }
  }
}

resource "aws_iam_role" "user" {
  name = "kms-user"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = data.aws_caller_identity.current.account_id }
    }]
  })
}

resource "aws_kms_key" "main" {
  description             = var.description
  policy                  = data.aws_iam_policy_document.key.json
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_days
  is_enabled              = var.enabled
  deletion_window_in_days = 7

  tags = {
    Name  = "main"
    Stage = var.description
  }
}

resource "aws_kms_key" "default_policy" {
  deletion_window_in_days = 30
}

resource "aws_kms_key_policy" "separate" {
  key_id = aws_kms_key.default_policy.id

  policy = jsonencode({
    Version = "2012-10-17"
    Id      = var.description
    Statement = [{
      Sid       = "Owner"
      Effect    = "Allow"
      Action    = "kms:*"
      Resource  = "*"
      Principal = { AWS = "*" }
      Condition = { StringEquals = { "kms:CallerAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_kms_key" "primary" {
  description  = "multi-Region primary"
  multi_region = true
}

resource "aws_kms_replica_key" "copy" {
  provider                = aws.replica
  description             = "replica, ${var.description}"
  primary_key_arn         = aws_kms_key.primary.arn
  deletion_window_in_days = 7

  tags = {
    Name = "copy"
  }
}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
}

resource "aws_kms_key" "rsa" {
  customer_master_key_spec = "RSA_2048"
  key_usage                = "ENCRYPT_DECRYPT"
}

resource "aws_kms_key" "mac" {
  customer_master_key_spec = "HMAC_256"
  key_usage                = "GENERATE_VERIFY_MAC"
}

resource "aws_kms_key" "agreement" {
  customer_master_key_spec = "ECC_NIST_P384"
  key_usage                = "KEY_AGREEMENT"
}

resource "aws_kms_external_key" "imported" {
  description         = var.description
  key_material_base64 = var.key_material
  enabled             = true
}

resource "aws_kms_external_key" "expiring" {
  key_material_base64 = var.key_material
  valid_to            = var.valid_to
  enabled             = true
}

resource "aws_kms_external_key" "empty" {
  description = "waits for its material"
}

resource "aws_kms_external_key" "shared" {
  multi_region        = true
  key_material_base64 = var.key_material
  enabled             = true
}

resource "aws_kms_replica_external_key" "shared" {
  provider            = aws.replica
  primary_key_arn     = aws_kms_external_key.shared.arn
  key_material_base64 = var.key_material
  enabled             = true
}

resource "aws_kms_alias" "main" {
  name          = "alias/terraform/main"
  target_key_id = var.description == "first" ? aws_kms_key.main.key_id : aws_kms_key.default_policy.key_id
}

resource "aws_kms_alias" "prefixed" {
  name_prefix   = "alias/terraform-"
  target_key_id = aws_kms_key.signing.arn
}

resource "aws_kms_grant" "use" {
  name               = "use"
  key_id             = aws_kms_key.main.key_id
  grantee_principal  = aws_iam_role.user.arn
  retiring_principal = aws_iam_role.user.arn
  operations         = ["Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey"]

  constraints {
    encryption_context_equals = {
      Department = "Finance"
    }
  }
}

resource "aws_kms_ciphertext" "secret" {
  key_id    = aws_kms_key.primary.key_id
  plaintext = "a secret of Terraform's"

  context = {
    team = "red"
  }
}

resource "aws_kms_custom_key_store" "store" {
  cloud_hsm_cluster_id     = "cluster-2a23b4cdefg"
  custom_key_store_name    = "store-${var.description}"
  key_store_password       = "correct-horse"
  trust_anchor_certificate = "the cluster's certificate"
}

data "aws_kms_secrets" "secret" {
  secret {
    name    = "value"
    payload = aws_kms_ciphertext.secret.ciphertext_blob

    context = {
      team = "red"
    }
  }
}

data "aws_kms_key" "main" {
  key_id = aws_kms_key.main.key_id
}

data "aws_kms_alias" "main" {
  name = aws_kms_alias.main.name
}

data "aws_kms_public_key" "signing" {
  key_id = aws_kms_key.signing.arn
}

output "account" {
  value = data.aws_caller_identity.current.account_id
}

output "secret" {
  value     = data.aws_kms_secrets.secret.plaintext["value"]
  sensitive = true
}

output "key_state" {
  value = data.aws_kms_key.main.enabled
}

output "alias_target" {
  value = data.aws_kms_alias.main.target_key_id
}

output "main_key_id" {
  value = aws_kms_key.main.key_id
}

output "public_key_pem" {
  value = data.aws_kms_public_key.signing.public_key_pem
}

output "replica_arn" {
  value = aws_kms_replica_key.copy.arn
}

output "primary_arn" {
  value = aws_kms_key.primary.arn
}

output "imported_state" {
  value = aws_kms_external_key.imported.key_state
}

output "expiration_model" {
  value = aws_kms_external_key.expiring.expiration_model
}

output "replica_external_state" {
  value = aws_kms_replica_external_key.shared.key_state
}

output "grant_id" {
  value = aws_kms_grant.use.grant_id
}
