/* SPDX-License-Identifier: MIT */
/* The key's file and the credential: what is made, what is read back, and what is refused. */
#include "token/secret-file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

static char folder[64];
static char message[SECRET_MESSAGE_BYTES];
static unsigned char key[SECRET_KEY_BYTES], got[SECRET_KEY_BYTES];

/* An ordinary user is root in a user namespace, which has to be made before criterion makes its threads. */
__attribute__((constructor)) static void become_root(int argc, char **argv)
{
    static char program[] = "unshare", user[] = "--user", map[] = "--map-root-user", path[4096];
    char *command[16] = {program, user, map, path};
    if (geteuid() == 0 || readlink("/proc/self/exe", path, sizeof path - 1) < 0)
        return;
    for (int i = 1; i < argc && i < 12; i++)
        command[3 + i] = argv[i];
    execvp(command[0], command);
    perror("unshare");
}

static const char *in_folder(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/mps-secret-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(secret_key_make(key), 0);
}

static void teardown(void)
{
    (void)unlink(in_folder(SECRET_FILE_NAME));
    (void)rmdir(in_folder(SECRET_FILE_NAME));
    (void)unlink(in_folder(SECRET_CREDENTIAL_NAME));
    (void)unlink(in_folder("elsewhere"));
    cr_assert_eq(rmdir(folder), 0, "something is left in it");
}

static void put(const char *name, const void *data, size_t size, mode_t mode)
{
    int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, data, size), (ssize_t)size);
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
}

static void refused(int r, int wanted, const char *says)
{
    static const unsigned char zero[SECRET_KEY_BYTES];
    cr_assert_eq(r, wanted, "%d: %s", r, message);
    cr_assert_not_null(strstr(message, says), "%s", message);
    cr_assert_arr_eq(got, zero, sizeof got);
}

TestSuite(secret_file, .init = setup, .fini = teardown);

Test(secret_file, what_is_written_is_read_and_belongs_to_its_owner_alone)
{
    struct stat status;
    for (unsigned i = 0; i < 2; i++) {
        mode_t mask = umask(i == 0 ? 0 : 0777);
        cr_assert_eq(secret_file_write(folder, key), 0);
        (void)umask(mask);
        cr_assert_eq(stat(in_folder(SECRET_FILE_NAME), &status), 0);
        cr_assert_eq(status.st_mode, (mode_t)(S_IFREG | 0600));
        cr_assert_eq(status.st_size, SECRET_KEY_BYTES);
        cr_assert_eq(secret_file_read(folder, got, message), 0, "%s", message);
        cr_assert_arr_eq(got, key, sizeof key);
        cr_assert_eq(secret_file_remove(folder), 0);
        cr_assert_eq(secret_file_read(folder, got, message), -ENOENT);
    }
    cr_assert_eq(secret_file_remove(folder), 0, "none is there to be removed: nothing to complain of");
}

Test(secret_file, one_that_is_there_is_not_replaced)
{
    unsigned char other[SECRET_KEY_BYTES];
    cr_assert_eq(secret_key_make(other), 0);
    cr_assert_eq(secret_file_write(folder, key), 0);
    cr_assert_eq(secret_file_write(folder, other), -EEXIST);
    cr_assert_eq(secret_file_read(folder, got, message), 0);
    cr_assert_arr_eq(got, key, sizeof key);
}

Test(secret_file, rights_of_others_are_refused)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0601, 0660, 0666, 0777};
    for (size_t i = 0; i < ELEMENTS(modes); i++) {
        put(SECRET_FILE_NAME, key, sizeof key, modes[i]);
        refused(secret_file_read(folder, got, message), -EPERM, "chmod 600");
    }
    put(SECRET_FILE_NAME, key, sizeof key, 0400);
    cr_assert_eq(secret_file_read(folder, got, message), 0, "less than ours is no harm: %s", message);
}

Test(secret_file, another_size_is_refused)
{
    static const size_t sizes[] = {0, 1, SECRET_KEY_BYTES - 1, SECRET_KEY_BYTES + 1, 4096};
    static const char zero[4096];
    for (size_t i = 0; i < ELEMENTS(sizes); i++) {
        put(SECRET_FILE_NAME, zero, sizes[i], 0600);
        refused(secret_file_read(folder, got, message), -EBADMSG, "bytes instead of 32");
    }
}

/* Only real root can give a file away; root of a namespace can have one of real root's in its place, and sees it as nobody's. */
static void give_away(void)
{
    if (chown(in_folder(SECRET_FILE_NAME), 65534, 65534) == 0)
        return;
    cr_assert_eq(unshare(CLONE_NEWNS), 0, "%s", strerror(errno));
    cr_assert_eq(mount("/etc/passwd", in_folder(SECRET_FILE_NAME), NULL, MS_BIND, NULL), 0, "%s",
                 strerror(errno));
}

Test(secret_file, another_owner_is_refused)
{
    put(SECRET_FILE_NAME, key, sizeof key, 0600);
    give_away();
    refused(secret_file_read(folder, got, message), -EPERM, "belongs to user 65534");
    (void)umount(in_folder(SECRET_FILE_NAME));
}

Test(secret_file, links_and_other_things_are_refused)
{
    put("elsewhere", key, sizeof key, 0600);
    cr_assert_eq(symlink("elsewhere", in_folder(SECRET_FILE_NAME)), 0);
    refused(secret_file_read(folder, got, message), -EPERM, "symbolic link");
    cr_assert_eq(unlink(in_folder(SECRET_FILE_NAME)), 0);
    cr_assert_eq(symlink("nowhere", in_folder(SECRET_FILE_NAME)), 0);
    refused(secret_file_read(folder, got, message), -EPERM, "symbolic link");
    cr_assert_eq(secret_file_write(folder, key), -EEXIST, "it writes through a link");
    cr_assert_eq(unlink(in_folder(SECRET_FILE_NAME)), 0);
    cr_assert_eq(mkfifo(in_folder(SECRET_FILE_NAME), 0600), 0);
    refused(secret_file_read(folder, got, message), -EPERM, "not a regular file");
    cr_assert_eq(unlink(in_folder(SECRET_FILE_NAME)), 0);
    cr_assert_eq(mkdir(in_folder(SECRET_FILE_NAME), 0700), 0);
    refused(secret_file_read(folder, got, message), -EPERM, "not a regular file");
    cr_assert_lt(secret_file_remove(folder), 0);
}

Test(secret_file, no_folder)
{
    cr_assert_eq(secret_file_read("/nowhere/at/all", got, message), -ENOENT);
    cr_assert_eq(secret_file_write("/nowhere/at/all", key), -ENOENT);
    cr_assert_eq(secret_file_remove("/nowhere/at/all"), 0);
}

Test(secret_file, a_credential_has_either_form)
{
    char digits[SECRET_KEY_DIGITS + 1];
    cr_assert_eq(secret_credential_read(NULL, got, message), -ENOENT);
    cr_assert_eq(secret_credential_read(folder, got, message), -ENOENT);
    put(SECRET_CREDENTIAL_NAME, key, sizeof key, 0400);
    cr_assert_eq(secret_credential_read(folder, got, message), 0, "%s", message);
    cr_assert_arr_eq(got, key, sizeof key);

    secret_key_print(key, digits);
    digits[SECRET_KEY_DIGITS] = '\n';
    for (size_t size = SECRET_KEY_DIGITS; size <= sizeof digits; size++) {
        memset(got, 0, sizeof got);
        cr_assert_eq(unlink(in_folder(SECRET_CREDENTIAL_NAME)), 0);
        put(SECRET_CREDENTIAL_NAME, digits, size, 0440);
        cr_assert_eq(secret_credential_read(folder, got, message), 0, "%s", message);
        cr_assert_arr_eq(got, key, sizeof key);
    }
}

Test(secret_file, a_credential_of_another_form_is_refused)
{
    static const char *const bad[] = {"",
                                      "short",
                                      "00000000000000000000000000000000000000000000000000000000000000",
                                      "000000000000000000000000000000000000000000000000000000000000000g",
                                      "00000000000000000000000000000000000000000000000000000000000000000",
                                      "0000000000000000000000000000000000000000000000000000000000000000\n\n"};
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        put(SECRET_CREDENTIAL_NAME, bad[i], strlen(bad[i]), 0600);
        refused(secret_credential_read(folder, got, message), -EBADMSG, "64 hexadecimal digits");
    }
    put(SECRET_CREDENTIAL_NAME, key, sizeof key, 0604);
    refused(secret_credential_read(folder, got, message), -EPERM, "kept from others");
}

Test(secret_key, text_and_back)
{
    char digits[SECRET_KEY_DIGITS];
    cr_assert_eq(secret_key_make(key), 0);
    secret_key_print(key, digits);
    cr_assert_eq(secret_key_parse(digits, sizeof digits, got), 0);
    cr_assert_arr_eq(got, key, sizeof key);
    for (size_t i = 0; i < sizeof digits; i++)
        digits[i] = digits[i] >= 'a' ? (char)(digits[i] - 'a' + 'A') : digits[i];
    cr_assert_eq(secret_key_parse(digits, sizeof digits, got), 0);
    cr_assert_arr_eq(got, key, sizeof key);
    cr_assert_eq(secret_key_parse(digits, sizeof digits - 2, got), -EBADMSG);
    digits[63] = ' ';
    cr_assert_eq(secret_key_parse(digits, sizeof digits, got), -EBADMSG);
    cr_assert_eq(got[0], 0, "half a key is left");
}
