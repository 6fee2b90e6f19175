terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "days" {
  type    = number
  default = 30
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "objects" {
  deletion_window_in_days = 7
}

resource "aws_s3_bucket" "plain" {
  bucket = "conformance-tf-plain"
}

resource "aws_s3_bucket" "full" {
  bucket        = "conformance-tf-full"
  force_destroy = true
  tags = {
    team = "red"
  }
}

resource "aws_s3_bucket_versioning" "full" {
  bucket = aws_s3_bucket.full.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "full" {
  bucket = aws_s3_bucket.full.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.objects.arn
    }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_public_access_block" "full" {
  bucket                  = aws_s3_bucket.full.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "full" {
  bucket = aws_s3_bucket.full.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "full" {
  depends_on = [aws_s3_bucket_ownership_controls.full]
  bucket     = aws_s3_bucket.full.id
  acl        = "private"
}

data "aws_iam_policy_document" "full" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.full.arn, "${aws_s3_bucket.full.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = ["ap-south-1"]
    }
  }
}

resource "aws_s3_bucket_policy" "full" {
  bucket = aws_s3_bucket.full.id
  policy = data.aws_iam_policy_document.full.json
}

resource "aws_s3_bucket_cors_configuration" "full" {
  bucket = aws_s3_bucket.full.id
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://app.example.com"]
    max_age_seconds = 60
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "full" {
  depends_on = [aws_s3_bucket_versioning.full]
  bucket     = aws_s3_bucket.full.id
  rule {
    id     = "old"
    status = "Enabled"
    filter {
      prefix = "logs/"
    }
    expiration {
      days = var.days
    }
    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }
  rule {
    id     = "uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

resource "aws_sqs_queue" "events" {
  name = "conformance-tf-events"
}

data "aws_iam_policy_document" "events" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events.arn]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy    = data.aws_iam_policy_document.events.json
}

resource "aws_s3_bucket_notification" "full" {
  depends_on  = [aws_sqs_queue_policy.events]
  bucket      = aws_s3_bucket.full.id
  eventbridge = true
  queue {
    queue_arn     = aws_sqs_queue.events.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "in/"
  }
}

resource "aws_s3_object" "text" {
  depends_on = [aws_s3_bucket_versioning.full, aws_s3_bucket_server_side_encryption_configuration.full]
  bucket     = aws_s3_bucket.full.id
  key        = "in/hello.txt"
  content    = "hello, ${var.days}"
  # The data source reads the body of texts only.
  content_type = "text/plain"
  tags = {
    kind = "greeting"
  }
}

resource "aws_s3_object_copy" "text" {
  bucket = aws_s3_bucket.plain.id
  key    = "copy.txt"
  source = "${aws_s3_bucket.full.id}/${aws_s3_object.text.key}"
  tags = {
    kind = "greeting"
  }
}

resource "aws_s3_bucket" "locked" {
  bucket              = "conformance-tf-locked"
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 1
    }
  }
}

data "aws_s3_object" "text" {
  bucket = aws_s3_bucket.full.id
  key    = aws_s3_object.text.key
}

output "body" {
  value = data.aws_s3_object.text.body
}
