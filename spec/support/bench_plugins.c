#include "bench_plugins.h"

#include "base/must.h"

#include <stdio.h>
#include <sys/stat.h>

void bench_write(const char *folder, const char *name, const char *code)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/%s/plugin.lua", folder, name);
    FILE *out = fopen(path, "w");
    must(out);
    fprintf(out, "return { name = \"%s\", version = \"1.0.0\", summary = \"x\" }\n",
            name);
    fclose(out);
    snprintf(path, sizeof(path), "%s/%s/init.lua", folder, name);
    out = fopen(path, "w");
    must(out);
    fputs(code, out);
    fclose(out);
}

void bench_write_usual(const char *folder)
{
    static char code[16384];
    size_t len =
        (size_t)snprintf(code, sizeof(code),
                         "local bot = ...\n"
                         "local seen, warned = {}, {}\n"
                         "bot.on('message', function(msg)\n"
                         "  local id, text = msg.sender, msg.text\n"
                         "  if text == 'x' then seen[id] = (seen[id] or 0) + 1 end\n"
                         "end)\n"
                         "bot.hear('^good morning (%%a+)', function(msg, who)\n"
                         "  msg:reply('and to you, {name}', { name = who })\n"
                         "end)\n"
                         "bot.words({ 'spam', 'casino' }, function(msg) "
                         "warned[msg.sender.id] = true end)\n");
    for (int i = 1; i <= 12; i++)
        len += (size_t)snprintf(code + len, sizeof(code) - len,
                                "local function rule%d(list, limit)\n"
                                "  local count, last = 0, nil\n"
                                "  for key, value in pairs(list) do\n"
                                "    if value > limit and key ~= last then\n"
                                "      count, last = count + 1, key\n"
                                "    end\n"
                                "  end\n"
                                "  return count > %d and ('rule %d: %%s'):format(last)\n"
                                "end\n",
                                i, i, i);
    for (int i = 1; i <= 8; i++)
        len += (size_t)snprintf(code + len, sizeof(code) - len,
                                "bot.command {\n"
                                "  'usual%d <who:user> [reason...]',\n"
                                "  help = 'Command %d of this plugin',\n"
                                "  run = function(msg, args)\n"
                                "    local found = rule%d(seen, %d)\n"
                                "    if found then msg:reply(found, args) end\n"
                                "  end,\n"
                                "}\n",
                                i, i, i, i);
    must(len < sizeof(code) - 1);
    bench_write(folder, "usual", code);
}
