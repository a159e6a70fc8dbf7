/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options.c - the command line, the same for every daemon. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemons/private.h"

static void
usage(const char *name)
{
    printf("Usage: %s [OPTION...]\n\n"
           "  -d, --daemon           detach from the terminal and run in the background\n"
           "  -f, --config FILE      read FILE instead of the usual %s.conf\n"
           "  -p, --pid-file FILE    keep the process id in FILE\n"
           "  -t, --timeout SECONDS  end when there was nothing to do for so long\n"
           "  -v, --verbose          log information as well as warnings and errors\n"
           "  -V, --version          show the version\n"
           "  -h, --help             show this text\n",
           name, name);
}

static bool
parse_timeout(const char *name, const char *text, int *ret_seconds)
{
    gint64 seconds;

    if (!g_ascii_string_to_signed(text, 10, 1, G_MAXINT / 1000, &seconds, NULL)) {
        fprintf(stderr, "%s: timeout '%s' must be a number of seconds, at least 1\n", name, text);
        return false;
    }
    *ret_seconds = (int)seconds;
    return true;
}

bool
options_parse(const char *name, int argc, char **argv, DaemonOptions *options, int *ret_status)
{
    static const struct option known[] = {
        { "verbose", no_argument, NULL, 'v' },        { "daemon", no_argument, NULL, 'd' },
        { "config", required_argument, NULL, 'f' },   { "timeout", required_argument, NULL, 't' },
        { "pid-file", required_argument, NULL, 'p' }, { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },           { 0 },
    };
    int c;

    options->timeout = -1;
    *ret_status = EXIT_SUCCESS;
    while ((c = getopt_long(argc, argv, "vdf:t:p:Vh", known, NULL)) != -1) {
        switch (c) {
        case 'v':
            options->verbose = true;
            break;
        case 'd':
            options->daemonize = true;
            break;
        case 'f':
            options->config_path = optarg;
            break;
        case 'p':
            options->pid_path = optarg;
            break;
        case 't':
            if (!parse_timeout(name, optarg, &options->timeout)) {
                *ret_status = EXIT_FAILURE;
                return false;
            }
            break;
        case 'V':
            printf("%s (libvirt) %s\n", name, PROJECT_VERSION);
            return false;
        case 'h':
            usage(name);
            return false;
        default:
            *ret_status = EXIT_FAILURE;
            return false;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: '%s' is not understood: see %s --help\n", name, argv[optind], name);
        *ret_status = EXIT_FAILURE;
        return false;
    }
    return true;
}
