/* Runs a fuzzer's entry on each file of the folders given: how `make check` replays the corpus. A
 * broken promise ends the process. */
#include "bar.h"

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    size_t max = 4u << 20;
    uint8_t *data = malloc(max);
    if (!data)
        abort();
    size_t size = fread(data, 1, max, file);
    fclose(file);
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees a read past the end */
    if (!exact)
        abort();
    for (size_t i = 0; i < size; i++)
        exact[i] = data[i];
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int files = 0, found = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        struct dirent *entry;
        while (folder && (entry = readdir(folder))) {
            char path[4096];
            int n = snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (entry->d_name[0] == '.')
                continue;
            found++;
            files += n > 0 && (size_t)n < sizeof path && replay_file(path) == 0;
        }
        if (folder)
            closedir(folder);
    }
    char promise[100];
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    snprintf(promise, sizeof promise, "no crash on the corpus of %.*s", (int)strcspn(name, "."),
             name);
    bar("FUZZ", promise, files, found);
    return done();
}
