terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type    = string
  default = "first"
}

data "aws_caller_identity" "this" {}

resource "aws_kms_key" "images" {
  deletion_window_in_days = 7
}

resource "aws_ecr_repository" "app" {
  name                 = "terraform/app"
  image_tag_mutability = var.stage == "first" ? "MUTABLE" : "IMMUTABLE"
  force_delete         = true
  image_scanning_configuration {
    scan_on_push = var.stage == "second"
  }
  tags = { stage = var.stage }
}

resource "aws_ecr_repository" "sealed" {
  name = "terraform/sealed"
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.images.arn
  }
}

resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last ${var.stage == "first" ? 30 : 10} images"
      selection = {
        tagStatus   = "any"
        countType   = "imageCountMoreThan"
        countNumber = var.stage == "first" ? 30 : 10
      }
      action = { type = "expire" }
    }]
  })
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "pull"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}

output "url" {
  value = aws_ecr_repository.app.repository_url
}

output "mutability" {
  value = aws_ecr_repository.app.image_tag_mutability
}

output "sealed_by_its_key" {
  value = one(aws_ecr_repository.sealed.encryption_configuration).kms_key == aws_kms_key.images.arn
}
