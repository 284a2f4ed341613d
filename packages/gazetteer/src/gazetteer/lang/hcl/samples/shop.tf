# A shop.
terraform {
  required_version = ">= 1.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
  backend "s3" {}
}

// How many.
variable "count_of" {
  type        = number
  description = "How many: resource \"no\" \"fake\" {}"
  default     = 3
  sensitive   = true
  validation { condition = var.count_of > 0 }
}
variable "list" { default = [1, 2] }
variable bare {}
locals {
  # Its name.
  name = "shop"
  tags = { a = 1, b = "x" }
}
provider "aws" {
  region = "eu"
  alias  = "west"
}
/* A server. */
resource "aws_instance" "web" {
  count = var.count_of
  ami   = data.aws_ami.ubuntu.id
  provisioner "local-exec" { command = <<EOT
resource "aws" "heredoc" {}
EOT
  }
  dynamic "ebs" { for_each = [] 
    content {} }
}
data "aws_ami" "ubuntu" { most_recent = true }
module "network" {
  source  = "./modules/network"
  version = "1.0"
}
module "remote" { source = "terraform-aws-modules/vpc/aws" }
output "ip" {
  value       = aws_instance.web[0].ip
  description = "Where it is."
}
moved { 
  from = a.b 
  to = a.c 
}
check "health" { assert { condition = true } }
top_level = "x"
