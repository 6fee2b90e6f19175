terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type    = string
  default = "first"
}

data "aws_rds_engine_version" "postgres" {
  engine = "postgres"
}

data "aws_rds_engine_version" "aurora" {
  engine = "aurora-postgresql"
}

resource "aws_db_subnet_group" "main" {
  name        = "terraform-main"
  description = "subnets (${var.stage})"
  subnet_ids  = var.stage == "first" ? ["subnet-11111111", "subnet-22222222"] : ["subnet-11111111", "subnet-33333333"]
}

resource "aws_db_parameter_group" "main" {
  name   = "terraform-main"
  family = data.aws_rds_engine_version.postgres.parameter_group_family
  parameter {
    name  = "work_mem"
    value = var.stage == "first" ? "8192" : "16384"
  }
  parameter {
    name         = "max_connections"
    value        = "80"
    apply_method = "pending-reboot"
  }
}

resource "aws_rds_cluster_parameter_group" "main" {
  name   = "terraform-main"
  family = data.aws_rds_engine_version.aurora.parameter_group_family
  parameter {
    name  = "log_min_duration_statement"
    value = "500"
  }
}

resource "aws_db_instance" "main" {
  identifier              = "terraform-main"
  engine                  = "postgres"
  instance_class          = "db.t4g.micro"
  allocated_storage       = var.stage == "first" ? 20 : 30
  db_name                 = "shop"
  username                = "chief"
  password                = var.stage == "first" ? "first-password" : "second-password"
  db_subnet_group_name    = aws_db_subnet_group.main.name
  parameter_group_name    = aws_db_parameter_group.main.name
  storage_encrypted       = true
  backup_retention_period = 3
  deletion_protection     = false
  skip_final_snapshot     = true
  apply_immediately       = true
  tags                    = { stage = var.stage }
}

resource "aws_db_snapshot" "main" {
  db_instance_identifier = aws_db_instance.main.identifier
  db_snapshot_identifier = "terraform-main"
}

resource "aws_rds_cluster" "main" {
  cluster_identifier              = "terraform-main"
  engine                          = "aurora-postgresql"
  database_name                   = "shop"
  master_username                 = "chief"
  manage_master_user_password     = true
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.main.name
  backup_retention_period         = var.stage == "first" ? 1 : 2
  skip_final_snapshot             = true
  apply_immediately               = true
}

resource "aws_rds_cluster_instance" "main" {
  identifier         = "terraform-member"
  cluster_identifier = aws_rds_cluster.main.id
  engine             = aws_rds_cluster.main.engine
  instance_class     = "db.r6g.large"
}

output "address" {
  value = aws_db_instance.main.address
}

output "status" {
  value = aws_db_instance.main.status
}

output "storage" {
  value = aws_db_instance.main.allocated_storage
}

output "secret" {
  value = aws_rds_cluster.main.master_user_secret[0].secret_arn
}

output "writer" {
  value = aws_rds_cluster_instance.main.writer
}

output "snapshot" {
  value = aws_db_snapshot.main.status
}
