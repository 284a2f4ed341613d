#import "Shop.h"
@class Buyer;
struct till { int sum; };
static NSString *const kName = @"@end";
@implementation Shop
- (void)close
{
  if (self.open) { [till empty]; }
}
void ring(struct till *t);
@end
int main(void) { return 0; }
