/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "fuzz.h"

/* Stands in for libFuzzer where there is none: runs a target over files. */

static gboolean
run_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error)) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  LLVMFuzzerTestOneInput ((const guint8 *) data, size);
  return TRUE;
}

/* Returns how many files were run, -1 after an error. */
static int
run_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &error);
  const char *name;
  int n = 0;

  if (!folder) {
    g_printerr ("%s\n", error->message);
    return -1;
  }
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    if (!run_file (file))
      return -1;
    n++;
  }
  return n;
}

int
main (int argc, char *argv[])
{
  int total = 0;

  for (int i = 1; i < argc; i++) {
    int n = run_folder (argv[i]);

    if (n < 0)
      return 1;
    total += n;
  }
  g_print ("%d inputs\n", total);
  return total > 0 ? 0 : 1;
}
