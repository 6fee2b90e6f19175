terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

variable "stage" {
  type    = string
  default = "first"
}

data "aws_caller_identity" "this" {}

resource "aws_kms_key" "queues" {
  deletion_window_in_days = 7
}

resource "aws_sqs_queue" "dead" {
  name                      = "terraform-dead"
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "main" {
  name                       = "terraform-main"
  visibility_timeout_seconds = var.stage == "first" ? 45 : 60
  delay_seconds              = 5
  receive_wait_time_seconds  = 10
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 4
  })
  tags = { stage = var.stage }
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.main.arn]
  })
}

resource "aws_sqs_queue" "ordered" {
  name                        = "terraform-ordered.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
}

resource "aws_sqs_queue" "ordered_dead" {
  name       = "terraform-ordered-dead.fifo"
  fifo_queue = true
}

resource "aws_sqs_queue_redrive_policy" "ordered" {
  queue_url = aws_sqs_queue.ordered.id
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.ordered_dead.arn
    maxReceiveCount     = 2
  })
}

resource "aws_sqs_queue" "sealed" {
  name                              = "terraform-sealed"
  kms_master_key_id                 = aws_kms_key.queues.id
  kms_data_key_reuse_period_seconds = 600
}

resource "aws_sqs_queue" "plain" {
  name_prefix             = "terraform-plain-"
  sqs_managed_sse_enabled = false
}

data "aws_iam_policy_document" "main" {
  statement {
    sid       = "Topics"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.main.arn]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}

resource "aws_sqs_queue_policy" "main" {
  queue_url = aws_sqs_queue.main.id
  policy    = data.aws_iam_policy_document.main.json
}

data "aws_sqs_queue" "main" {
  name = aws_sqs_queue.main.name
}

output "queue_url" {
  value = aws_sqs_queue.main.url
}

output "found_arn" {
  value = data.aws_sqs_queue.main.arn
}
