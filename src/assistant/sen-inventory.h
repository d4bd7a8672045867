/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-devices.h"
#include "sen-model-store.h"

G_BEGIN_DECLS

#define SEN_TYPE_INVENTORY (sen_inventory_get_type ())
G_DECLARE_FINAL_TYPE (SenInventory, sen_inventory, SEN, INVENTORY, GObject)

/**
 * What there is on this machine to answer with: models and devices, as they were when last looked at.
 *
 * Looking asks disks and drivers, which may take long, and is done on a thread; what was seen is at hand without. Signals
 * "models-changed" and "devices-changed": there was another look, whatever it saw.
 *
 * Thread-safety: main context only.
 */

/** @debug is copied, but for its strings. @store may be NULL: no models then. */
SenInventory *sen_inventory_new (const SenDebug *debug, SenModelStore *store);

/** Looks again. What is asked for during a look is done once after it. */
void sen_inventory_look_for_models (SenInventory *self);
void sen_inventory_look_for_devices (SenInventory *self);

/** SenModelStatus, as from sen_model_store_list(); NULL before the first look is over. Valid until the next "models-changed";
 *  hold a reference for longer. */
GPtrArray *sen_inventory_models (SenInventory *self);
/** SenDeviceEntry, as from sen_devices_list(); NULL before the first look is over. */
GPtrArray *sen_inventory_devices (SenInventory *self);

/** A file with weights that one can talk to, there and of the right size. Base models continue text but do not hold a
 *  conversation; whether a file of the user's own does is known when it is loaded. */
bool sen_inventory_is_for_chat (const SenModelStatus *status);

/** Compares the kernels of a device with the CPU's; "devices-changed" tells of the outcome. */
void sen_inventory_test_device (SenInventory *self, const char *id);

/** Makes a GGUF file, or a folder of them, a model of this machine without copying it, once it is seen that it could be used:
 *  an unknown architecture is SEN_ERROR_UNSUPPORTED, and so on. Looks for models after it. */
void  sen_inventory_add_async (SenInventory *self, GFile *file, GAsyncReadyCallback callback, gpointer user_data);
/** The path of the file, or of the first one in a folder. (transfer full) */
char *sen_inventory_add_finish (SenInventory *self, GAsyncResult *result, GError **error);

/** Deletes a fetched model, or forgets one of the user's own, whose files stay. Looks for models after it. */
void sen_inventory_remove_async (SenInventory *self, const char *name, GAsyncReadyCallback callback, gpointer user_data);
bool sen_inventory_remove_finish (SenInventory *self, GAsyncResult *result, GError **error);

/** Fetched models are kept in @dir from now on, NULL: where they were at first. Looks for models after it. */
void sen_inventory_set_folder_async (SenInventory *self, const char *dir, GAsyncReadyCallback callback, gpointer user_data);
bool sen_inventory_set_folder_finish (SenInventory *self, GAsyncResult *result, GError **error);

G_END_DECLS
