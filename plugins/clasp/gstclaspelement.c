/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */

#include "gstclaspelement.h"

#include <gst/clasp/gstclasp-enum-types.h>
#include "gstclaspuri.h"

/**
 * gst_clasp_element_init:
 *
 * Makes the types of our properties known to documentation tools. Called when
 * the plugin registers its elements.
 *
 * Since: 0.1
 */
void
gst_clasp_element_init (void)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;
  gst_type_mark_as_plugin_api (GST_TYPE_CLASP_PROFILE, 0);
  g_once_init_leave (&once, 1);
}

static GstResourceError
map_error (const GError *error)
{
  if (error->domain != CLASP_ERROR)
    return GST_RESOURCE_ERROR_OPEN_READ_WRITE;
  switch ((ClaspError) error->code) {
    case CLASP_ERROR_UNAUTHORIZED:
    case CLASP_ERROR_FORBIDDEN:
    case CLASP_ERROR_TLS:
      return GST_RESOURCE_ERROR_NOT_AUTHORIZED;
    case CLASP_ERROR_INVALID_URL:
    case CLASP_ERROR_INVALID_ADDRESS:
      return GST_RESOURCE_ERROR_SETTINGS;
    case CLASP_ERROR_NOT_FOUND:
      return GST_RESOURCE_ERROR_NOT_FOUND;
    case CLASP_ERROR_LIMIT:
      return GST_RESOURCE_ERROR_NO_SPACE_LEFT;
    default:
      return GST_RESOURCE_ERROR_OPEN_READ_WRITE;
  }
}

/**
 * gst_clasp_element_post_fatal:
 * @element: the element that cannot go on
 * @settings: (nullable): the settings of this run
 * @error: what happened
 *
 * Posts @error as an element error. Its details hold `url`, `room` and `code`
 * (of #ClaspError, -1 for other domains). Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_element_post_fatal (GstElement *element,
    const GstClaspSettings *settings, const GError *error)
{
  g_autofree char *url =
      gst_clasp_relay_url_to_display (settings ? settings->relay_url : NULL);
  GstStructure *details =
      gst_structure_new ("clasp-error", "url", G_TYPE_STRING, url, "room",
          G_TYPE_STRING, settings ? settings->room : NULL, "code", G_TYPE_INT,
          error->domain == CLASP_ERROR ? error->code : -1, NULL);

  gst_element_message_full_with_details (element, GST_MESSAGE_ERROR,
      GST_RESOURCE_ERROR, map_error (error), g_strdup (error->message),
      g_strdup_printf ("%s %d: %s", g_quark_to_string (error->domain),
          error->code, error->message),
      __FILE__, GST_FUNCTION, __LINE__, details);
}

/**
 * gst_clasp_element_post_error:
 * @element: an element
 * @settings: (nullable): the settings of this run
 * @error: what the signaller or the client reported
 *
 * Posts @error as an element error if trying again cannot help. Any thread.
 *
 * Returns: whether it was posted
 *
 * Since: 0.1
 */
gboolean
gst_clasp_element_post_error (GstElement *element,
    const GstClaspSettings *settings, const GError *error)
{
  if (!clasp_error_is_fatal (error))
    return FALSE;
  gst_clasp_element_post_fatal (element, settings, error);
  return TRUE;
}

static const char *
state_nick (GstClaspSignallerState state)
{
  g_autoptr (GEnumClass) klass =
      g_type_class_ref (GST_TYPE_CLASP_SIGNALLER_STATE);
  GEnumValue *value = g_enum_get_value (klass, state);

  return value ? value->value_nick : "unknown";
}

/**
 * gst_clasp_element_post_connection:
 * @element: an element
 * @settings: the settings of this run
 * @state: state of the signaller
 * @session: (nullable): session id at the relay
 * @error: (nullable): why the connection was lost
 *
 * Posts the element message `clasp-connection` with the string fields `state`
 * (nick of #GstClaspSignallerState), `url`, `room`, `session` and `error`; the
 * last two are missing when there is nothing to say. Any thread.
 *
 * Since: 0.1
 */
void
gst_clasp_element_post_connection (GstElement *element,
    const GstClaspSettings *settings, GstClaspSignallerState state,
    const char *session, const GError *error)
{
  g_autofree char *url = gst_clasp_relay_url_to_display (settings->relay_url);
  GstStructure *fields = gst_structure_new ("clasp-connection", "state",
      G_TYPE_STRING, state_nick (state), "url", G_TYPE_STRING, url, "room",
      G_TYPE_STRING, settings->room, NULL);

  if (session)
    gst_structure_set (fields, "session", G_TYPE_STRING, session, NULL);
  if (error)
    gst_structure_set (fields, "error", G_TYPE_STRING, error->message, NULL);
  gst_element_post_message (element,
      gst_message_new_element (GST_OBJECT (element), fields));
}
