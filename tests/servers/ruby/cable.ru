# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Action Cable without the rest of Rails, on /cable of puma. Any channel name that is not EchoChannel's is unknown.
# Environment: ALLOWED_ORIGINS (separated by commas; config.action_cable.allowed_request_origins), ANY_ORIGIN=1
# (disable_request_forgery_protection), REJECT=1 (reject_unauthorized_connection), FAIL=1 (connect raises).
require "action_cable"
require "logger"

module ApplicationCable
  class Connection < ActionCable::Connection::Base
    def connect
      raise "no database" if ENV["FAIL"] == "1"
      reject_unauthorized_connection if ENV["REJECT"] == "1"
    end
  end
end

class EchoChannel < ActionCable::Channel::Base
  def echo(data)
    transmit(data)
  end
end

ActionCable.server.config.tap do |config|
  config.logger = Logger.new($stdout, level: Logger::INFO)
  config.connection_class = -> { ApplicationCable::Connection }
  config.cable = { "adapter" => "async" }
  config.mount_path = "/cable"
  config.allowed_request_origins = ENV["ALLOWED_ORIGINS"].split(",") if ENV["ALLOWED_ORIGINS"]
  config.disable_request_forgery_protection = ENV["ANY_ORIGIN"] == "1"
end
$stdout.sync = true

map("/cable") { run ActionCable.server }
run ->(_env) { [404, { "Content-Type" => "text/plain" }, ["Not Found\n"]] }
