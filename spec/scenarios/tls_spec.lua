--- Certificates made here by openssl: the right name is accepted, everything else refused
--- with the reason in the state.

local host = require "moondock.host"
local stage = require "moondock.stage"

local function openssl(folder, ...)
  local process <close> = assert(host.spawn { "openssl", folder = folder, ... })
  local status = process:wait(20)
  assert(status == 0, table.concat(process:lines(), "\n"))
end

-- An authority, and a certificate by it for `names` that ends at `ends`.
local function make_authority(on, name)
  host.make_folder(on:path(name))
  openssl(on:path(name), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
    "-subj", "/CN=" .. name, "-keyout", "ca.key", "-out", "ca.pem")
  on:write(name .. "/index.txt", "")
  on:write(name .. "/ca.cnf", [[
[ca]
default_ca = here
[here]
dir = .
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
]])
end

local function make_certificate(on, authority, name, subject, first, last)
  local folder = on:path(authority)
  openssl(folder, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" .. name,
    "-addext", "subjectAltName=" .. subject, "-keyout", name .. ".key", "-out", name .. ".csr")
  openssl(folder, "ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.pem",
    "-keyfile", "ca.key", "-in", name .. ".csr", "-out", name .. ".pem",
    "-startdate", first, "-enddate", last)
  return folder .. "/" .. name .. ".pem", folder .. "/" .. name .. ".key"
end

local PAST, LONG_PAST, FUTURE = "20200102000000Z", "20200101000000Z", "20991231000000Z"

describe("TLS", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    make_authority(on, "good")
  end)

  after_each(function()
    on:close()
  end)

  local function start(cert, key, ca)
    on:start_sandbox { "--tls-cert", cert, "--tls-key", key }
    assert.truthy(on.server:find("^https://"))
    if ca then
      on:edit("moondock.lua", 'user = "gatekeeper",', 'user = "gatekeeper", ca = "' .. ca .. '",')
    end
    on:start_host { wait = false }
  end

  local function refused(...)
    local status = on:await_state("offline")
    local detail = status.detail:lower()
    for _, part in ipairs { ... } do
      if detail:find(part, 1, true) then
        return
      end
    end
    error("the reason is: " .. status.detail)
  end

  it("with the right name is accepted", function()
    local cert, key = make_certificate(on, "good", "right", "IP:127.0.0.1", LONG_PAST, FUTURE)
    start(cert, key, "good/ca.pem")
    on:await_state("online")
  end)

  it("with the wrong name is refused", function()
    local cert, key = make_certificate(on, "good", "wrong", "DNS:else.example", LONG_PAST, FUTURE)
    start(cert, key, "good/ca.pem")
    refused("name", "match")
  end)

  it("with a certificate that has expired is refused", function()
    local cert, key = make_certificate(on, "good", "old", "IP:127.0.0.1", LONG_PAST, PAST)
    start(cert, key, "good/ca.pem")
    refused("expired")
  end)

  it("by an authority nobody knows is refused", function()
    make_authority(on, "stranger")
    local cert, key = make_certificate(on, "stranger", "right", "IP:127.0.0.1", LONG_PAST, FUTURE)
    start(cert, key, "good/ca.pem")
    refused("issuer", "authority", "self-signed", "self signed", "verify")
  end)
end)
