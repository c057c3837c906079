/* Whoever is not the owner of a row finds and changes nothing, by any function of include/store/.
 */
#include "strangers.h"

int main(int argc, char **argv)
{
    (void)argc;
    people_begin(argv);
    strangers_prepare();
    strangers_try();
    return people_end();
}
