std = "lua54"
max_line_length = 100
exclude_files = { "build", "**/node_modules", "var" }

-- Only editors read the stubs: classes that are never used, parameters that are never read.
files["scripts/meta"] = { std = "max", ignore = { "1..", "2.." } }
files["spec"] = { std = "+busted" }
files["**/*_spec.lua"] = { std = "+busted" }
-- The configuration is read with these and nothing else.
for _, folder in ipairs { "examples", "scripts/templates/bot" } do
  files[folder] = { read_globals = { "env", "file" } }
end
