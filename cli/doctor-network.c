/* SPDX-License-Identifier: MIT */
/* The way to the directory: its address, the clock, the route, the name, TLS. No token is sent. */
#include "cli/doctor.h"

#include "cli/duration.h"
#include "cli/json-out.h"
#include "ipc/names.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <ini.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME_LIMIT_MSEC 5000
#define CONNECT_LIMIT_SEC 5
#define ANSWER_LIMIT_SEC 10
#define CLOCK_WARN_SEC 30  /* deadlines and tokens still work */
#define CLOCK_FAIL_SEC 300 /* tokens are refused */
#define CLOCK_CALL_USEC 2000000ULL

/* ---- Which directory -------------------------------------------------------------------------------------------------- */

static int on_key(void *userdata, const char *section, const char *key, const char *value)
{
    DoctorDirectory *directory = userdata;

    if (strcmp(section, "Directory") != 0)
        return 1;
    if (strcmp(key, "Url") == 0)
        snprintf(directory->url, sizeof(directory->url), "%s", value);
    else if (strcmp(key, "CaFile") == 0)
        snprintf(directory->ca_file, sizeof(directory->ca_file), "%s", value);
    else if (strcmp(key, "Proxy") == 0)
        snprintf(directory->proxy, sizeof(directory->proxy), "%s", value);
    return 1;
}

/* As the agent would find it: the user's file, else the machine's, else the default; but where one runs, the address that it
 * has told. */
static void read_configuration(DoctorDirectory *directory)
{
    DoctorDirectory told = *directory;
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char own[4200];

    if (base && *base == '/')
        snprintf(own, sizeof(own), "%.4000s/" MPS_CONFIG_FILE, base);
    else
        snprintf(own, sizeof(own), "%.4000s/.config/" MPS_CONFIG_FILE, home ? home : "");
    snprintf(directory->url, sizeof(directory->url), "%s", MPS_DIRECTORY_URL_DEFAULT);
    if (ini_parse(own, on_key, directory) == -1)
        (void)ini_parse("/etc/" MPS_CONFIG_FILE, on_key, directory);
    if (*told.url)
        snprintf(directory->url, sizeof(directory->url), "%s", told.url);
}

static bool is_loopback(const char *host)
{
    struct in_addr address;

    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == 127;
    return strcmp(host, "::1") == 0 || strcasecmp(host, "localhost") == 0;
}

/* Returns whether the URL could be taken apart. */
static bool read_url(DoctorDirectory *directory)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL;
    bool good = url && curl_url_set(url, CURLUPART_URL, directory->url, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;

    if (good) {
        size_t length = strlen(host);
        bool brackets = host[0] == '[' && length > 2;
        snprintf(directory->host, sizeof(directory->host), "%.*s", (int)(brackets ? length - 2 : length),
                 brackets ? host + 1 : host);
        directory->tls = strcmp(scheme, "https") == 0;
        directory->loopback = is_loopback(directory->host);
        good = directory->tls || directory->loopback;
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return good;
}

void doctor_find_directory(Doctor *doctor)
{
    DoctorDirectory *directory = &doctor->directory;

    if (doctor->facts) {
        snprintf(directory->url, sizeof(directory->url), "%s",
                 json_text(doctor->facts, MPS_FACT_DIRECTORY_URL));
        snprintf(directory->ca_file, sizeof(directory->ca_file), "%s",
                 json_text(doctor->facts, MPS_FACT_CA_FILE));
        snprintf(directory->proxy, sizeof(directory->proxy), "%s", json_text(doctor->facts, MPS_FACT_PROXY));
    } else {
        read_configuration(directory);
    }
    if (read_url(directory))
        return;
    directory->host[0] = '\0';
    doctor_add(doctor, "directory", DOCTOR_FAIL,
               "set Url= in agent.conf: https, or http to a loopback address",
               "\"%s\" is no address that the agent would use", directory->url);
}

/* ---- The clock ----------------------------------------------------------------------------------------------------------- */

/* What the clock's service says, if it runs: it is not started for this. */
static void look_at_time_service(Doctor *doctor)
{
    sd_bus *bus = NULL;
    sd_bus_message *message = NULL, *reply = NULL;
    int synchronized = 0;
    int r = sd_bus_open_system(&bus);

    if (r >= 0)
        r = sd_bus_message_new_method_call(bus, &message, "org.freedesktop.timedate1",
                                           "/org/freedesktop/timedate1", "org.freedesktop.DBus.Properties",
                                           "Get");
    if (r >= 0)
        r = sd_bus_message_set_auto_start(message, false);
    if (r >= 0)
        r = sd_bus_message_append(message, "ss", "org.freedesktop.timedate1", "NTPSynchronized");
    if (r >= 0)
        r = sd_bus_call(bus, message, CLOCK_CALL_USEC, NULL, &reply);
    if (r >= 0)
        r = sd_bus_message_read(reply, "v", "b", &synchronized);
    if (r >= 0)
        doctor_add(doctor, "time", synchronized ? DOCTOR_OK : DOCTOR_WARN,
                   synchronized ? NULL : "timedatectl set-ntp true", "the clock is %s by the network",
                   synchronized ? "kept" : "not kept");
    sd_bus_message_unref(message);
    sd_bus_message_unref(reply);
    sd_bus_flush_close_unref(bus);
}

static void compare_clocks(Doctor *doctor, time_t theirs)
{
    long long off = (long long)time(NULL) - (long long)theirs;
    unsigned long long distance = (unsigned long long)llabs(off);
    char span[DURATION_SIZE];

    duration_format(distance * 1000000, span);
    if (distance > CLOCK_WARN_SEC)
        doctor_add(doctor, "clock", distance > CLOCK_FAIL_SEC ? DOCTOR_FAIL : DOCTOR_WARN,
                   "timedatectl set-ntp true", "this machine is %s %s the directory%s", span,
                   off > 0 ? "ahead of" : "behind",
                   distance > CLOCK_FAIL_SEC ? ": tokens may be refused" : "");
    else
        doctor_add(doctor, "clock", DOCTOR_OK, NULL, "as the directory's (%s apart)", span);
}

/* ---- The route ------------------------------------------------------------------------------------------------------------- */

/* A default route that is up. */
static bool has_route_4(void)
{
    char line[256], device[32];
    unsigned long destination, gateway, flags;
    bool found = false;
    FILE *file = fopen("/proc/net/route", "re");

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "%31s %lx %lx %lx", device, &destination, &gateway, &flags) == 4 &&
            destination == 0 && (flags & 1))
            found = true;
    if (file)
        fclose(file);
    return found;
}

static bool has_route_6(void)
{
    char line[256], destination[40], device[32];
    unsigned prefix;
    unsigned long flags;
    bool found = false;
    FILE *file = fopen("/proc/net/ipv6_route", "re");

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "%39s %x %*s %*s %*s %*s %*s %*s %lx %31s", destination, &prefix, &flags, device) ==
                4 &&
            prefix == 0 && strspn(destination, "0") == 32 && (flags & 1) && !(flags & 0x200) &&
            strcmp(device, "lo") != 0)
            found = true;
    if (file)
        fclose(file);
    return found;
}

static void look_at_route(Doctor *doctor)
{
    bool four = has_route_4(), six = has_route_6();

    if (doctor->directory.loopback)
        doctor_add(doctor, "route", DOCTOR_OK, NULL, "none is needed: the directory is on this machine");
    else if (four || six)
        doctor_add(doctor, "route", DOCTOR_OK, NULL, "there is a default route (%s%s%s)", four ? "IPv4" : "",
                   four && six ? ", " : "", six ? "IPv6" : "");
    else
        doctor_add(doctor, "route", DOCTOR_FAIL, "connect to a network; what is queued is sent then",
                   "there is no default route: this machine is offline");
}

/* ---- The name -------------------------------------------------------------------------------------------------------------- */

/* In a process of its own, which can be ended: a silent DNS server would hold us for minutes. */
static void resolve(const char *host, int fd)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char text[300];
    size_t count = 0;
    int r = getaddrinfo(host, "443", &hints, &found);

    for (const struct addrinfo *one = found; one; one = one->ai_next)
        count++;
    if (r == 0)
        snprintf(text, sizeof(text), "+%zu", count);
    else
        snprintf(text, sizeof(text), "-%s", gai_strerror(r));
    (void)!write(fd, text, strlen(text) + 1);
    _exit(0);
}

/* Returns 0 with "+count" or "-reason" in text, -ETIMEDOUT, or another negative errno. */
static int resolve_within(const char *host, char *text, size_t size)
{
    int ends[2];
    ssize_t got = 0;

    if (pipe(ends) < 0)
        return -errno;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        resolve(host, ends[1]);
    int r = child < 0 ? -errno : 0;
    close(ends[1]);
    if (r == 0) {
        struct pollfd poll_fd = {.fd = ends[0], .events = POLLIN};
        r = poll(&poll_fd, 1, NAME_LIMIT_MSEC) == 1 ? 0 : -ETIMEDOUT;
        if (r == 0)
            got = read(ends[0], text, size - 1);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        text[got > 0 ? got : 0] = '\0';
    }
    close(ends[0]);
    return r < 0 ? r : got > 1 ? 0 : -EIO;
}

static void look_at_name(Doctor *doctor)
{
    const DoctorDirectory *directory = &doctor->directory;
    unsigned char address[16];
    char text[300] = "";

    if (directory->loopback || inet_pton(AF_INET, directory->host, address) == 1 ||
        inet_pton(AF_INET6, directory->host, address) == 1) {
        doctor_add(doctor, "name", DOCTOR_OK, NULL, "%s needs no look-up", directory->host);
        return;
    }
    int r = resolve_within(directory->host, text, sizeof(text));
    /* Behind a proxy the names of the outside need not be known inside. */
    DoctorState bad = *directory->proxy ? DOCTOR_WARN : DOCTOR_FAIL;
    if (r == -ETIMEDOUT)
        doctor_add(doctor, "name", bad, "check the DNS servers: resolvectl status, or /etc/resolv.conf",
                   "%s: no answer within %d s", directory->host, NAME_LIMIT_MSEC / 1000);
    else if (r < 0)
        doctor_add(doctor, "name", DOCTOR_SKIP, NULL, "%s: cannot be looked up: %s", directory->host,
                   strerror(-r));
    else if (text[0] == '+')
        doctor_add(doctor, "name", DOCTOR_OK, NULL, "%s has %s addresses", directory->host, text + 1);
    else
        doctor_add(doctor, "name", bad, "check the network and its DNS servers; is Url= in agent.conf right?",
                   "%s: %s", directory->host, text + 1);
}

/* ---- The directory itself ------------------------------------------------------------------------------------------------ */

static size_t on_header(char *data, size_t size, size_t count, void *userdata)
{
    static const char name[] = "date:";
    char value[80];
    size_t length = size * count, start = sizeof(name) - 1;

    if (length > start && length - start < sizeof(value) && strncasecmp(data, name, start) == 0) {
        snprintf(value, sizeof(value), "%.*s", (int)(length - start), data + start);
        *(time_t *)userdata = curl_getdate(value, NULL);
    }
    return length;
}

static const char *fix_for(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "see name";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return "is the clock right? is something between that reads TLS? CaFile= in agent.conf names another "
               "authority";
    case CURLE_SSL_CONNECT_ERROR:
        return "is something between that speaks no TLS? is the port in Url= right?";
    case CURLE_OPERATION_TIMEDOUT:
        return "a firewall may drop the packets; is Proxy= in agent.conf needed?";
    default:
        return "is the address right, and does the directory run? Url= and Proxy= in agent.conf";
    }
}

static void set_options(CURL *curl, const DoctorDirectory *directory, time_t *date)
{
    curl_easy_setopt(curl, CURLOPT_URL, directory->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_LIMIT_SEC);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ANSWER_LIMIT_SEC);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "mpsessionctl/" MPSESSION_VERSION);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, date);
    if (*directory->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, directory->ca_file);
    /* As the agent goes: a directory on this machine through no proxy. */
    if (directory->loopback)
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    else if (*directory->proxy)
        curl_easy_setopt(curl, CURLOPT_PROXY, directory->proxy);
}

static void look_at_directory(Doctor *doctor)
{
    const DoctorDirectory *directory = &doctor->directory;
    char error[CURL_ERROR_SIZE] = "", span[DURATION_SIZE];
    time_t date = -1;
    long status = 0;
    curl_off_t took = 0;
    CURL *curl = curl_easy_init();

    if (!curl)
        return;
    set_options(curl, directory, &date);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &took);
    if (code != CURLE_OK)
        doctor_add(doctor, "directory", DOCTOR_FAIL, fix_for(code), "%s%s%s: %s", directory->url,
                   *directory->proxy && !directory->loopback ? " through " : "",
                   directory->loopback ? "" : directory->proxy, *error ? error : curl_easy_strerror(code));
    else
        doctor_add(doctor, "directory", status >= 500 ? DOCTOR_WARN : DOCTOR_OK,
                   status >= 500 ? "wait: it is the directory's own trouble" : NULL,
                   "%s answers%s (%ld to a request without a token, in %s)", directory->url,
                   directory->tls ? " over TLS, with a certificate that is trusted" : "", status,
                   duration_format((uint64_t)took, span));
    curl_easy_cleanup(curl);
    if (date != -1)
        compare_clocks(doctor, date);
    else
        doctor_add(doctor, "clock", DOCTOR_SKIP, NULL, "the directory does not tell the time");
}

void doctor_network(Doctor *doctor)
{
    look_at_time_service(doctor);
    if (!*doctor->directory.host)
        return;
    look_at_route(doctor);
    look_at_name(doctor);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        look_at_directory(doctor);
        curl_global_cleanup();
    }
}
