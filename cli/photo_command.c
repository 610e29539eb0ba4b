#include "photo_command.h"

#include "face_json.h"

int cli_photo_command_run(const cli_photo_command *command, void *options)
{
    cli_inputs inputs = {.label = command->label, .own = command->own};
    int status = cli_inputs_add_all(&inputs, command->paths);
    bool any = inputs.count || (command->failures && inputs.failure_count);
    if (command->narrow)
        command->narrow(options, &inputs);
    status = cli_worse(status, command->check(options, &inputs));
    if (command->json && status < CLI_USAGE)
        cli_json_failures(NULL, &inputs);
    if (any && status < CLI_USAGE) {
        if (command->labels)
            cli_inputs_tell_labels(&inputs);
        status = cli_worse(status, command->run(options, &inputs));
    }
    if (status != CLI_USAGE)
        cli_inputs_tell_skipped(&inputs);
    cli_inputs_clear(&inputs);
    return status;
}
