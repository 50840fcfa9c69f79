/*
 * token: prints a user's token, asked of the Server API.
 *
 *   token URL APP_KEY SECRET USER
 */
#include "base/digest.h"
#include "base/json.h"
#include "net/http.h"

#include <stdio.h>
#include <time.h>

struct ask {
    struct loop *loop;
    bool done;
};

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct ask *ask = arg;
    struct err err;
    struct json *json = answer ? json_parse(answer->body, &err) : NULL;
    struct str token = json_str(json_get(json, "token"));
    if (token.len > 0) {
        printf("%.*s\n", STR_ARG(token));
        ask->done = true;
    } else {
        fprintf(stderr, "token: %s\n", answer ? "refused" : why->text);
    }
    json_free(json);
    loop_stop(ask->loop);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: token URL APP_KEY SECRET USER\n");
        return 2;
    }
    char now[32], signature[DIGEST_SHA1_HEX], lines[4][256], url[512], body[256];
    snprintf(now, sizeof(now), "%lld", (long long)time(NULL) * 1000);
    struct str parts[] = { str_from(argv[3]), STR("17"), str_from(now) };
    digest_sha1_hex(parts, 3, signature);
    snprintf(lines[0], sizeof(lines[0]), "App-Key: %s", argv[2]);
    snprintf(lines[1], sizeof(lines[1]), "Nonce: 17");
    snprintf(lines[2], sizeof(lines[2]), "Timestamp: %s", now);
    snprintf(lines[3], sizeof(lines[3]), "Signature: %s", signature);
    struct str headers[] = { str_from(lines[0]), str_from(lines[1]), str_from(lines[2]),
                             str_from(lines[3]),
                             STR("Content-Type: application/x-www-form-urlencoded") };
    snprintf(url, sizeof(url), "%s/user/getToken.json", argv[1]);
    snprintf(body, sizeof(body), "userId=%s&name=%s", argv[4], argv[4]);

    struct err err = { 0 };
    struct ask ask = { .loop = loop_new(&err) };
    struct net *net = ask.loop ? net_new(ask.loop, NULL, &err) : NULL;
    struct http_request request = { .url = str_from(url),
                                    .headers = headers,
                                    .header_count = 5,
                                    .body = str_from(body) };
    if (!net || !http_start(net, &request, on_answer, &ask, &err)) {
        fprintf(stderr, "token: %s\n", err.text);
        return 1;
    }
    loop_run(ask.loop);
    net_free(net);
    loop_free(ask.loop);
    return ask.done ? 0 : 1;
}
