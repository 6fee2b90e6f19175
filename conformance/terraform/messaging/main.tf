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

resource "aws_sns_topic" "main" {
  name              = "terraform-main"
  display_name      = "Terraform ${var.stage}"
  kms_master_key_id = "alias/aws/sns"
  signature_version = 2
  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        minDelayTarget = 5, maxDelayTarget = 50, numRetries = 5, numMaxDelayRetries = 1,
        numNoDelayRetries = 1, numMinDelayRetries = 1, backoffFunction = "exponential"
      }
      disableSubscriptionOverrides = false
    }
  })
  tags = { stage = var.stage }
}

resource "aws_sns_topic" "ordered" {
  name                        = "terraform-ordered.fifo"
  fifo_topic                  = true
  content_based_deduplication = true
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "Events"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.main.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "main" {
  arn    = aws_sns_topic.main.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "main" {
  topic_arn            = aws_sns_topic.main.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.plain.arn
  raw_message_delivery = true
  filter_policy_scope  = "MessageBody"
  filter_policy        = jsonencode({ detail = { stage = [var.stage] } })
  redrive_policy       = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn })
}

resource "aws_sns_topic_subscription" "ordered" {
  topic_arn = aws_sns_topic.ordered.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.ordered.arn
}

data "aws_sns_topic" "main" {
  name = aws_sns_topic.main.name
}

output "topic_arn" {
  value = data.aws_sns_topic.main.arn
}

output "subscription_confirmed" {
  value = !aws_sns_topic_subscription.main.pending_confirmation
}
