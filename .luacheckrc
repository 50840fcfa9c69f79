std = "lua54"
max_line_length = 100
exclude_files = { "build", "**/node_modules", "var" }

-- Only editors read the stubs: classes that are never used, parameters that are never read.
files["scripts/meta"] = { std = "max", ignore = { "1..", "2.." } }
files["spec"] = { std = "+busted" }
-- The configuration is read with these and nothing else.
files["examples"] = { read_globals = { "env", "file" } }
