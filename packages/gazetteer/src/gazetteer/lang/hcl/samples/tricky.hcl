# job "fake" {}
job "docs" {
  group "example" { task "server" { driver = "docker" } }
}
source "amazon-ebs" "first" { ami_name = "x" }
build { sources = ["source.amazon-ebs.first"] }
variable "quoted_text" { default = "resource \"aws\" \"no\" {}" }
variable "typed" {
  description = <<-EOT
    variable "not" {}
  EOT
  type = object({ a = optional(string, "b") })
}
locals { one = 1 }
locals {}
inputs = { a = 1 }
module "up" { source = "../up" }
module "computed" { source = "${path.module}/x" }
/* resource "a" "b" {} */ output "shown" { value = "${var.typed}" } // output "no" {}
dependency "vpc" { config_path = "../vpc" }
data "x" "y" {}
empty "" {}
