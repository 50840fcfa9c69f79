/* The HTTP side of wire_server: navi, getToken and the other calls of the Server API. */
#include "wire_server.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void reply(struct server_request *request, int status, const char *text)
{
    server_reply(request, status, "application/json", NULL, str_from(text));
}

/* "ossConfig":…, with the port in the place of each @. */
static void write_oss(const struct wire *wire, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    if (!wire->oss)
        return;
    len += (size_t)snprintf(out, size, "\"ossConfig\":");
    for (const char *at = wire->oss; *at; at++)
        len += (size_t)(*at == '@' ? snprintf(out + len, size - len, "%d", wire->port)
                                   : snprintf(out + len, size - len, "%c", *at));
    snprintf(out + len, size - len, ",");
}

static void on_navi(struct wire *wire, struct server_request *request, int format)
{
    char text[1024], oss[512];
    int port = wire->navi_gone ? 1 : wire->port;
    int code = wire->navi_code ? wire->navi_code : 200;
    write_oss(wire, oss, sizeof(oss));
    if (wire->navi_status)
        reply(request, wire->navi_status, "oops");
    else if (format == 2 && wire->navi_only_1)
        reply(request, 404, "no such path");
    else if (format == 2) {
        snprintf(text, sizeof(text),
                 "{\"code\":%d,\"userId\":\"bot\",\"userProfile\":%d,\"openAnti\":%d,%s"
                 "\"serverAddr\":"
                 "[{\"addr\":\"127.0.0.1:%d\",\"protocol\":5,\"weight\":2}]}",
                 code, wire->hosting, wire->protocol == 4, oss, port);
        reply(request, 200, text);
    } else {
        snprintf(text, sizeof(text),
                 "getServerEndpoint({\"code\":%d,\"userId\":\"bot\","
                 "\"server\":\"127.0.0.1:%d\",\"backupServer\":\"\"});",
                 code, port);
        reply(request, 200, text);
    }
}

/* The n-th stored token is "app-n@". */
static void store_token(struct wire *wire)
{
    wire->app_renewals++;
    wire->app_expires_ms = wire->app_life_ms ? clock_wall_ms() + wire->app_life_ms : 0;
}

static void on_app(struct wire *wire, struct server_request *request, bool login)
{
    static const struct server_header_pair cookies[] = {
        { "Set-Cookie", "sid=c1; Path=/; HttpOnly" },
        { "Set-Cookie", "two=2" },
        { NULL, NULL },
    };
    char text[400];
    struct str cookie = server_header(request, "Cookie");
    if (login) {
        wire->app_logins++;
        snprintf(wire->app_body, sizeof(wire->app_body), "%.*s",
                 STR_ARG(server_body(request)));
    } else if (!str_eq(cookie, STR("sid=c1; two=2"))) {
        reply(request, 403, "{\"code\":\"1000\",\"msg\":\"Not loged in.\"}");
        return;
    }
    if (wire->app_status || wire->app_code) {
        snprintf(text, sizeof(text), "{\"code\":%d,\"message\":\"%s\"}", wire->app_code,
                 wire->app_text ? wire->app_text : "no");
        reply(request, wire->app_status ? wire->app_status : 200, text);
        return;
    }
    if (!login || wire->app_renewals == 0)
        store_token(wire);
    int len = snprintf(text, sizeof(text),
                       "{\"code\":200,\"result\":{\"id\":\"%s\",\"token\":\"app-%d@\"",
                       wire->app_user ? wire->app_user : "bot", wire->app_renewals);
    if (wire->app_expires_ms)
        len += snprintf(text + len, sizeof(text) - (size_t)len, ",\"expires\":%lld",
                        (long long)wire->app_expires_ms);
    snprintf(text + len, sizeof(text) - (size_t)len, "}}");
    server_reply(request, 200, "application/json", login ? cookies : NULL,
                 str_from(text));
}

void wire_on_request(void *arg, struct server_request *request)
{
    struct wire *wire = arg;
    struct str path = server_path(request);
    char text[256];
    if (str_eq(path, STR("/v2/navi.json"))) {
        wire->navi_count++;
        on_navi(wire, request, 2);
    } else if (str_eq(path, STR("/navi.js"))) {
        wire->navi1_count++;
        on_navi(wire, request, 1);
    } else if (str_eq(path, STR("/user/getToken.json"))) {
        wire->token_count++;
        snprintf(text, sizeof(text),
                 "{\"code\":%d,\"userId\":\"bot\",\"token\":\"tok-%d@\","
                 "\"errorMessage\":\"no\"}",
                 wire->token_code ? wire->token_code : 200, wire->token_count);
        reply(request, wire->token_code ? 401 : 200, text);
    } else if (str_starts(path, STR("/app/user/"))) {
        on_app(wire, request, str_ends(path, STR("/login")));
    } else {
        bool store = str_starts(path, STR("/store"));
        assert_true(wire->call_count < 64);
        snprintf(wire->calls[wire->call_count].path, 64, "%.*s", STR_ARG(path));
        wire->calls[wire->call_count++].body = str_dup(server_body(request));
        snprintf(text, sizeof(text),
                 "{\"code\":%d,\"errorMessage\":\"no\",\"users\":[{\"id\":\"ann\"},"
                 "{\"id\":\"bob\"}]}",
                 wire->api_code ? wire->api_code : 200);
        if (store && wire->store_hold)
            return;
        if (store) {
            int status = wire->stored < 4 ? wire->store_status[wire->stored] : 0;
            wire->stored++;
            reply(request, status ? status : 200, "");
            return;
        }
        reply(request, wire->api_status ? wire->api_status : 200,
              wire->api_answer ? wire->api_answer : text);
    }
}
