#include "app/app.h"
#include "sandbox/sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Thousands of connections need as many file descriptors as we may have. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void on_signal(void *arg)
{
    loop_stop(arg);
}

static void announce(const struct sandbox_options *options, int port)
{
    bool brackets = str_index(options->host, ':') >= 0;
    printf("sandbox ready %s://%s%.*s%s:%d\n", options->tls_cert ? "https" : "http",
           brackets ? "[" : "", STR_ARG(options->host), brackets ? "]" : "", port);
    fflush(stdout);
}

static bool open_loop(struct loop **loop, struct net **net, struct err *err)
{
    *loop = loop_new(err);
    return *loop && loop_on_signal(*loop, SIGINT, on_signal, *loop, err) &&
           loop_on_signal(*loop, SIGTERM, on_signal, *loop, err) &&
           (*net = net_new(*loop, NULL, err)) != NULL;
}

static int serve(const struct sandbox_options *options)
{
    struct loop *loop = NULL;
    struct net *net = NULL;
    struct sandbox *sandbox = NULL;
    struct err err = { 0 };
    int status = APP_DONE;
    if (open_loop(&loop, &net, &err))
        sandbox = sandbox_open(net, options, &err);
    if (sandbox) {
        announce(options, sandbox_port(sandbox));
        loop_run(loop);
    } else {
        status = app_fail(&err);
    }
    sandbox_close(sandbox);
    if (net)
        net_free(net);
    if (loop)
        loop_free(loop);
    return status;
}

static int run(struct app *app, int argc, char **argv)
{
    const char *listen = NULL, *key = NULL, *secret = NULL;
    struct sandbox_options sandbox = { 0 };
    const struct app_option options[] = {
        { .name = "--listen", .value = &listen },
        { .name = "--app-key", .value = &key },
        { .name = "--app-secret", .value = &secret },
        { .name = "--data", .value = &sandbox.data },
        { .name = "--notices", .flag = &sandbox.notices },
        { .name = "--hosting", .flag = &sandbox.hosting },
        { .name = "--route", .value = &sandbox.route },
        { .name = "--precheck", .value = &sandbox.precheck },
        { .name = "--online", .value = &sandbox.online },
        { .name = "--feed", .value = &sandbox.feed },
        { .name = "--route-server", .flag = &sandbox.route_server },
        { .name = "--tls-cert", .value = &sandbox.tls_cert },
        { .name = "--tls-key", .value = &sandbox.tls_key },
        { .name = NULL },
    };
    (void)app;
    if (!app_options(&cmd_sandbox, options, &argc, argv))
        return APP_USAGE;
    if (argc > 1)
        return app_usage(&cmd_sandbox, "what is \"%s\"?", argv[1]);
    if (!listen || !app_address(str_from(listen), &sandbox.host, &sandbox.port))
        return app_usage(&cmd_sandbox, "--listen HOST:PORT is needed");
    if (!key || !*key || !secret || !*secret)
        return app_usage(&cmd_sandbox, "--app-key and --app-secret are needed");
    if (!sandbox.tls_cert != !sandbox.tls_key)
        return app_usage(&cmd_sandbox, "--tls-cert and --tls-key go together");
    sandbox.app_key = str_from(key);
    sandbox.app_secret = str_from(secret);
    umask(077);
    raise_file_limit();
    return serve(&sandbox);
}

const struct command cmd_sandbox = {
    .name = "sandbox",
    .usage = "--listen HOST:PORT --app-key K --app-secret S [--data FILE] [--notices] "
             "[--hosting] [--route URL] [--route-server] [--precheck URL] [--online URL] "
             "[--feed URL] [--tls-cert F --tls-key F]",
    .summary = "serve a local RongCloud",
    .run = run,
};
