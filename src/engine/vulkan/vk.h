/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include "pace.h"
#include "sen-device-private.h"
#include "sen-shaders.h"
#include "sen-vulkan.h"

G_BEGIN_DECLS

/* The functions of Vulkan in use, loaded by name: there is no link-time dependency, so a machine without a loader runs the
 * same build. */
#define SEN_VK_INSTANCE_FUNCTIONS(F)                                                                                      \
  F (DestroyInstance) F (EnumeratePhysicalDevices) F (GetPhysicalDeviceProperties2) F (GetPhysicalDeviceMemoryProperties2)  \
  F (GetPhysicalDeviceQueueFamilyProperties) F (GetPhysicalDeviceFeatures2) F (CreateDevice) F (GetDeviceProcAddr)         \
  F (EnumerateDeviceExtensionProperties)
#define SEN_VK_DEVICE_FUNCTIONS(F)                                                                                        \
  F (DestroyDevice) F (GetDeviceQueue) F (CreateBuffer) F (DestroyBuffer) F (GetBufferMemoryRequirements)                   \
  F (AllocateMemory) F (FreeMemory) F (BindBufferMemory) F (MapMemory) F (CreateShaderModule) F (DestroyShaderModule)       \
  F (CreateDescriptorSetLayout) F (DestroyDescriptorSetLayout) F (CreatePipelineLayout) F (DestroyPipelineLayout)           \
  F (CreateComputePipelines) F (DestroyPipeline) F (CreateDescriptorPool) F (DestroyDescriptorPool)                         \
  F (AllocateDescriptorSets) F (UpdateDescriptorSets) F (CreateCommandPool) F (DestroyCommandPool)                          \
  F (AllocateCommandBuffers) F (FreeCommandBuffers) F (BeginCommandBuffer) F (EndCommandBuffer) F (CmdBindPipeline)         \
  F (CmdBindDescriptorSets) F (CmdPushConstants) F (CmdDispatch) F (CmdDispatchIndirect) F (CmdPipelineBarrier)            \
  F (CmdCopyBuffer) F (CmdFillBuffer) F (CreateFence) F (DestroyFence) F (ResetFences) F (WaitForFences) F (QueueSubmit)  \
  F (DeviceWaitIdle) F (CreateBufferView) F (DestroyBufferView)

typedef struct {
  void      *library;
  VkInstance instance;
  PFN_vkGetInstanceProcAddr GetInstanceProcAddr;
  PFN_vkCreateInstance      CreateInstance;
#define F(name) PFN_vk##name name;
  SEN_VK_INSTANCE_FUNCTIONS (F)
#undef F
} SenVkInstance;

/** Loads the loader and makes an instance. NULL and one clause why not. */
SenVkInstance *sen_vk_instance_new (bool validation, char **reason);
void           sen_vk_instance_free (SenVkInstance *instance);

typedef struct {
  VkBuffer       buffer;
  VkDeviceMemory memory;
  VkDeviceSize   n_bytes;
  void          *mapped;       /* NULL for device memory */
} SenVkBuffer;

typedef enum { SEN_VK_ON_DEVICE, SEN_VK_TO_DEVICE, SEN_VK_FROM_DEVICE } SenVkPlace;

/* Weights in device memory; large ones in blocks of rows, because a buffer binding has a largest size. */
typedef struct {
  SenVkBuffer buffer;
  uint32_t    first_row, n_row;
  VkDeviceSize scales_offset, factors_offset;   /* codes stand first */
} SenVkWeightBlock;

typedef struct {
  uint32_t          n_bindings;  /* how often it was bound */
  uint32_t          n_blocks;
  SenVkWeightBlock *blocks;
} SenVkWeight;

#define SEN_VK_N_BINDINGS 8
#define SEN_VK_N_TEXELS 4   /* bindings 0 to 3 can be read as texels too: see SEN_VK_TEXELS in params.h */
#define SEN_VK_STEP_BINDING 7
#define SEN_VK_PUSH_BYTES 128

/* Pipelines by shader and the things they are specialized for, a bit each: see sen_vk_pipeline(). */
enum {
  SEN_VK_KV_F16 = 1, SEN_VK_FOR_NIBBLES = 1, SEN_VK_EIGHT_TOKENS = 1, SEN_VK_TAIL = 2, SEN_VK_PAIRED = 4, SEN_VK_SLICED = 8,
  SEN_VK_ONE_ROW = 16,
};
#define SEN_VK_N_SPECIALIZATIONS 32
#define SEN_VK_WIDE_LANES 128       /* of the workgroups of such shaders on wide devices */

typedef struct {
  SenDevice      base;
  SenVkInstance *instance;
  VkPhysicalDevice physical;
  VkDevice       device;
  VkQueue        queue;
  uint32_t       queue_family;
#define F(name) PFN_vk##name name;
  SEN_VK_DEVICE_FUNCTIONS (F)
#undef F
  VkPhysicalDeviceMemoryProperties memory_properties;
  uint32_t       device_heap;
  bool           has_budget;
  VkDeviceSize   max_binding_bytes, max_allocation_bytes;
  VkDeviceSize   offset_alignment;

  VkDescriptorSetLayout set_layout;
  VkPipelineLayout      pipeline_layout;
  VkPipeline            pipelines[SEN_N_SHADERS][SEN_VK_N_SPECIALIZATIONS];
  VkCommandPool         command_pool;
  VkFence               fence;
  SenVkBuffer           dummy;      /* stands in unused bindings */
  GHashTable           *weights;    /* const SenWeight * -> SenVkWeight */

  char *id, *name, *driver, *features;
  bool  lost;                       /* sticky */
  uint32_t subgroup_size;
  bool  is_narrow;                  /* subgroups of up to eight lanes: linear takes tiles in pairs */
  bool  has_subgroups;              /* of eight lanes or more, with broadcast: the subgroup variants run */
  bool  has_fp16;                   /* wide, with arithmetic in halves: many tokens are multiplied in them */
  bool  has_dot8;                   /* with a fast dot product of bytes: many tokens meet quantized weights as bytes */
  bool  has_texels;                 /* narrow, and texel buffers are as large as storage buffers: the texel variants run */

  /* Faults for tests. */
  uint64_t fake_budget_bytes, used_bytes;
  uint32_t fail_allocation, n_allocations;
  uint32_t lose_submission, n_submissions;
  bool     break_kernel;
} SenVkDevice;

/** Turns a VkResult into a GError that says what was tried; remembers a lost device. Always false. */
bool sen_vk_fail (SenVkDevice *device, VkResult result, const char *what, GError **error);

/* memory.c */
bool     sen_vk_buffer_new (SenVkDevice *device, VkDeviceSize n_bytes, SenVkPlace place, SenVkBuffer *buffer, GError **error);
void     sen_vk_buffer_clear (SenVkDevice *device, SenVkBuffer *buffer);
uint64_t sen_vk_budget_bytes (SenVkDevice *device);
bool     sen_vk_check_budget (SenVkDevice *device, uint64_t n_bytes, const char *what, GError **error);

/* submit.c: records and runs to completion. One submission of @n command buffers. */
#define SEN_VK_MAX_COMMANDS 64
VkCommandBuffer sen_vk_begin (SenVkDevice *device, GError **error);
/** At the end of commands: what they wrote is there for the host once the fence says that they ran. */
void            sen_vk_show_host (SenVkDevice *device, VkCommandBuffer commands);
bool            sen_vk_submit (SenVkDevice *device, const VkCommandBuffer *commands, uint32_t n, GError **error);
/** One copy between buffers, to its end. */
bool            sen_vk_copy (SenVkDevice *device, VkBuffer from, VkDeviceSize from_offset, VkBuffer to, VkDeviceSize to_offset,
                             VkDeviceSize n_bytes, GError **error);
/** What goes through memory that both see at a time. */
#define SEN_VK_STAGING_BYTES (16u << 20)
/** Copies between host memory and a device buffer, through a staging buffer where the host does not see it. */
bool sen_vk_copy_to (SenVkDevice *device, const SenVkBuffer *buffer, VkDeviceSize offset, const void *data, size_t n_bytes,
                     GError **error);
bool sen_vk_copy_from (SenVkDevice *device, const SenVkBuffer *buffer, VkDeviceSize offset, void *data, size_t n_bytes,
                       GError **error);

/* weights.c */
uint64_t sen_vk_weight_bytes (SenDevice *base, const SenWeight *weight);
bool     sen_vk_bind_weights (SenDevice *base, const SenWeight *const *weights, size_t n, SenCancel *cancel, GError **error);
void     sen_vk_unbind_weights (SenDevice *base, const SenWeight *const *weights, size_t n);
void     sen_vk_weight_free (SenVkDevice *device, SenVkWeight *weight);
bool     sen_vk_is_vector (const SenWeight *weight);   /* lies on the device as it is */

/* pipeline.c */
VkPipeline sen_vk_pipeline (SenVkDevice *device, SenShader shader, uint32_t specialization, GError **error);

/* program.c */
SenProgram *sen_vk_compile (SenDevice *base, const SenPlan *plan, uint32_t first, uint32_t n, GError **error);
void        sen_vk_program_free (SenProgram *base);
bool        sen_vk_program_write (SenProgram *base, SenTensor tensor, const void *data, size_t n_bytes, GError **error);
bool        sen_vk_program_run (SenProgram *base, const struct sen_step *step, SenCancel *cancel, GError **error);
uint32_t    sen_vk_program_max_tokens (SenProgram *base);
bool        sen_vk_program_read (SenProgram *base, SenTensor tensor, void *data, size_t n_bytes, GError **error);

/* scan.c */
SenScan *sen_vk_scan_new (SenDevice *base, uint32_t n_col, GError **error);
void     sen_vk_scan_free (SenScan *base);
bool     sen_vk_scan_add (SenScan *base, const int8_t *const *blocks, uint32_t n_blocks, uint32_t block_rows, GError **error);
bool     sen_vk_scan_run (SenScan *base, const int8_t *x, SenCancel *cancel, GError **error);
void     sen_vk_scan_read (const SenScan *base, uint64_t first, uint32_t n, int32_t *products);

typedef struct {
  SenState    base;
  SenVkBuffer buffer;
} SenVkState;

G_END_DECLS
