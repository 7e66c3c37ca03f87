-- Digits for wrk: wrk -t1 -c64 -d4 --latency -s tests/serve/predict.lua http://127.0.0.1:8080/predict
local pixels = {}
for i = 1, 64 do pixels[i] = string.format("%.4f", ((i * 37) % 17) / 16) end
wrk.method = "POST"
wrk.body = "{\"pixels\": [" .. table.concat(pixels, ", ") .. "]}"
wrk.headers["Content-Type"] = "application/json"
