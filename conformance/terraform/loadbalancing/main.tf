terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type    = string
  default = "first"
}

locals {
  target_port = 18999
  certificate = file("${path.module}/certificate.pem")
  private_key = file("${path.module}/key.pem")
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_vpc" "own" {
  cidr_block           = "10.7.0.0/16"
  enable_dns_hostnames = true
  tags                 = { stage = var.stage }
}

resource "aws_subnet" "own" {
  count             = 2
  vpc_id            = aws_vpc.own.id
  cidr_block        = "10.7.${count.index}.0/24"
  availability_zone = ["us-east-1a", "us-east-1b"][count.index]
}

resource "aws_security_group" "web" {
  name   = "terraform-web"
  vpc_id = aws_vpc.own.id

  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "web" {
  name                       = "terraform-web"
  load_balancer_type         = "application"
  subnets                    = aws_subnet.own[*].id
  security_groups            = [aws_security_group.web.id]
  idle_timeout               = var.stage == "first" ? 60 : 30
  drop_invalid_header_fields = true
  tags                       = { stage = var.stage }
}

resource "aws_lb" "inner" {
  name     = "terraform-inner"
  internal = true
  subnets  = slice(data.aws_subnets.default.ids, 0, 2)
}

resource "aws_lb_target_group" "web" {
  name                 = "terraform-web"
  port                 = local.target_port
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = aws_vpc.own.id
  deregistration_delay = 0

  health_check {
    path                = var.stage == "first" ? "/" : "/healthy"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
  stickiness {
    type            = "lb_cookie"
    cookie_duration = 600
    enabled         = var.stage == "second"
  }
}

resource "aws_lb_target_group_attachment" "web" {
  target_group_arn = aws_lb_target_group.web.arn
  target_id        = "127.0.0.1"
  port             = local.target_port
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.web.arn
  port              = 18480
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_iam_server_certificate" "web" {
  name             = "terraform-web"
  certificate_body = local.certificate
  private_key      = local.private_key
}

resource "aws_iam_server_certificate" "further" {
  name             = "terraform-further"
  certificate_body = local.certificate
  private_key      = local.private_key
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.web.arn
  port              = 18443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_iam_server_certificate.web.arn

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "secure ${var.stage}"
      status_code  = "200"
    }
  }
}

resource "aws_lb_listener_certificate" "further" {
  listener_arn    = aws_lb_listener.https.arn
  certificate_arn = aws_iam_server_certificate.further.arn
}

resource "aws_lb_listener_rule" "moved" {
  listener_arn = aws_lb_listener.http.arn
  priority     = var.stage == "first" ? 10 : 20

  action {
    type = "redirect"
    redirect {
      path        = "/new/#{path}"
      status_code = "HTTP_301"
    }
  }
  condition {
    path_pattern {
      values = ["/old/*"]
    }
  }
  condition {
    query_string {
      key   = "v"
      value = "2"
    }
  }
}

resource "aws_lb_listener_rule" "weighed" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 50

  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.web.arn
        weight = 100
      }
      stickiness {
        enabled  = true
        duration = 600
      }
    }
  }
  condition {
    http_header {
      http_header_name = "X-Stage"
      values           = [var.stage]
    }
  }
  condition {
    source_ip {
      values = ["127.0.0.0/8"]
    }
  }
}

data "aws_lb" "web" {
  arn = aws_lb.web.arn
}

output "dns_name" {
  value = data.aws_lb.web.dns_name
}

output "inner_scheme" {
  value = aws_lb.inner.internal
}

output "idle_timeout" {
  value = data.aws_lb.web.idle_timeout
}

output "listener_arn" {
  value = aws_lb_listener.http.arn
}
