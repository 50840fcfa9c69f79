local layers = dofile("scripts/dev/layers.lua")

local function complaint(path, line)
  local found = layers.scan(path, "#include <stdint.h>\n" .. line .. "\n")
  assert.is_true(#found <= 1)
  return found[1]
end

describe("layers", function()
  it("lets an include point down", function()
    assert.is_nil(complaint("host/app/bot.c", '#include "script/script.h"'))
    assert.is_nil(complaint("host/script/task.c", '#include "im/account.h"'))
    assert.is_nil(complaint("host/im/session.c", '#include "net/ws.h"'))
    assert.is_nil(complaint("host/sandbox/state.c", '#include "store/db.h"'))
    assert.is_nil(complaint("host/main.c", '#include "app/app.h"'))
  end)

  it("lets a room include itself", function()
    assert.is_nil(complaint("host/base/buf.c", '#include "base/mem.h"'))
  end)

  it("refuses an include that points up", function()
    assert.equal(
      'host/base/buf.c:2: "net/loop.h": base may not include net',
      complaint("host/base/buf.c", '#include "net/loop.h"')
    )
    assert.equal(
      'host/im/inbox.c:2: "script/script.h": im may not include script',
      complaint("host/im/inbox.c", '#  include "script/script.h"')
    )
    assert.is_string(complaint("host/main.c", '#include "im/account.h"'))
  end)

  it("refuses an include that points sideways", function()
    for path, header in pairs {
      ["host/im/session.c"] = "sandbox/sandbox.h",
      ["host/sandbox/wire.c"] = "im/account.h",
      ["host/proto/frame.c"] = "net/ws.h",
      ["host/store/db.c"] = "proto/frame.h",
      ["host/script/api_bot.c"] = "sandbox/sandbox.h",
      ["host/im/outbox.c"] = "text/normal.h",
    } do
      assert.is_string(complaint(path, ('#include "%s"'):format(header)), path)
    end
  end)

  it("keeps a library in its room", function()
    assert.is_nil(complaint("host/net/loop.c", "#include <uv.h>"))
    assert.is_nil(complaint("host/base/digest.h", "#include <openssl/evp.h>"))
    assert.equal(
      "host/im/session.c:2: <uv.h> belongs to host/net",
      complaint("host/im/session.c", "#include <uv.h>")
    )
    assert.is_string(complaint("host/app/bot.c", "#include <lua.h>"))
    assert.is_string(complaint("host/im/token.c", "#include <curl/curl.h>"))
    assert.is_string(complaint("host/script/data.c", "#include <cjson/cJSON.h>"))
    assert.is_string(complaint("host/app/bot.c", '#include "sqlite3.h"'))
  end)

  it("asks for a room when it does not know a header or a folder", function()
    assert.is_string(complaint("host/net/http.c", "#include <nghttp2/nghttp2.h>"))
    assert.is_string(complaint("host/net/http.c", '#include "nowhere/file.h"'))
    assert.is_string(complaint("host/net/http.c", '#include "http.h"'))
    assert.is_string(complaint("host/net/http.c", '#include "../base/buf.h"'))
    assert.is_string(complaint("host/attic/old.c", "#include <stdio.h>"))
  end)

  it("names every wrong include of a file", function()
    local text = '#include "im/account.h"\n\n#include "base/buf.h"\n#include <lua.h>\n'
    assert.same({
      'host/proto/pb.c:1: "im/account.h": proto may not include im',
      "host/proto/pb.c:4: <lua.h> belongs to host/script",
    }, layers.scan("host/proto/pb.c", text))
  end)
end)
