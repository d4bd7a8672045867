/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-engine.h"
#include "sen-find-service.h"
#include "sen-history.h"
#include "sen-inventory.h"
#include "sen-perception.h"
#include "sen-settings.h"

G_BEGIN_DECLS

#define SEN_TYPE_APPLICATION (sen_application_get_type ())
G_DECLARE_FINAL_TYPE (SenApplication, sen_application, SEN, APPLICATION, AdwApplication)

/** The application: owns engine, model store, conversations and settings, which its one window borrows. */
SenApplication *sen_application_new (const SenDebug *debug);

SenEngine     *sen_application_engine (SenApplication *self);
/** NULL when the catalogue is unusable, which a sound build never has. */
SenModelStore *sen_application_store (SenApplication *self);
SenInventory  *sen_application_inventory (SenApplication *self);
SenSettings   *sen_application_settings (SenApplication *self);
SenHistory    *sen_application_history (SenApplication *self);
SenPerception *sen_application_perception (SenApplication *self);
SenFindService *sen_application_finding (SenApplication *self);
const SenDebug *sen_application_debug (SenApplication *self);

G_END_DECLS
